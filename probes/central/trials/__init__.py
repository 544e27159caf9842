"""What an audit tries beside the test cases: stimuli that no case of the test catalogue gives, each a short script; every module here is
found by itself. They come after the cases, never change the outcome of one, and a report tells of them apart.
"""
