"""What an audit tries beside the test cases: stimuli that no case of the test catalogue gives, each a short script as in `scripts`.

They come after the cases, never change the outcome of one, and a report tells of them apart. Malformed calls and the like are laboratory
matters: a charger in service never gets them.
"""
