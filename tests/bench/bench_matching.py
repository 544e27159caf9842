"""How long it takes to hold a fleet against all certificates: `python -m tests.bench.bench_matching`.

100,000 devices, no two of one product, against 100,000 certificates of 2,000 companies; a twentieth of the certificates is of one company,
and beside the products that are certified there are other versions, other models, names with other text and unknown companies. One process
works and waits for nothing, so its CPU time is what it takes where nothing else runs: that is what is limited.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from registry.bulk import uncollected
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Certified, Device

DEVICES = CERTIFICATES = 100_000
MOST_SECONDS = 60.0
COMPANIES = 2_000


def certificates(count: int) -> list[Certified]:
    """So many certificates, of Full and Security for every other product."""
    made = []
    for number in range(count):
        product = number // 2 if number % 4 < 2 else number
        company = 0 if product % 20 == 0 else product % COMPANIES
        security = number % 4 == 1
        made.append(
            Certified(
                number=f"OCA.0016.{number:06}.CS",
                holder=f"Company {company} Co., Ltd.",
                designation=f"Series{product % 97} {product:06}-{product % 7}CH",
                software_version=f"V{product % 9}.{product % 30}.{product % 11}",
                role="CS",
                protocol="OCPP 1.6",
                kind="Security" if security else "Full",
                profiles=("Security",) if security else ("Core", "Smart Charging"),
                hardware={"RFID readers": "Single", "Communication technology": "Ethernet"},
            )
        )
    return made


def devices(count: int, known: list[Certified]) -> list[Device]:
    """So many devices, each a little different from a certified product or from all of them."""
    random.seed(7)
    made = []
    for number in range(count):
        one = known[number % len(known)]
        vendor, model, firmware = str(one.holder), str(one.designation), str(one.software_version)
        if number % 6 == 1:
            firmware = f"{firmware}.{number}"
        elif number % 6 == 2:
            model = f"{model}-{number}"
        elif number % 6 == 3:
            vendor = f"Unknown {number}"
        elif number % 6 == 4:
            model = f"{model} (lot {number})"
        made.append(Device(vendor, model, firmware.lower(), hardware={"RFID readers": "1"}))
    random.shuffle(made)
    return made


def main() -> int:
    """Print how long it took; 1 when it took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--certificates", type=int, default=CERTIFICATES)
    options = parser.parse_args()
    known = certificates(options.certificates)
    fleet = devices(options.devices, known)
    began, worked = time.monotonic(), time.process_time()
    # As it is made of what the database has (`registry.certificates.matchable.certificate_index`).
    with uncollected():
        index = Index(known)
    arranged = time.process_time() - worked
    answers = Counter(match(device, index).answer for device in fleet)
    wall, spent = time.monotonic() - began, time.process_time() - worked
    told = ", ".join(f"{count} {answer}" for answer, count in sorted(answers.items()))
    print(f"{len(fleet)} devices against {len(known)} certificates: {spent:.1f} s of CPU, of which {arranged:.1f} s for the index ({told})")
    print(f"{spent / MOST_SECONDS:.2f} of the {MOST_SECONDS:.0f} s that are allowed; {spent / len(fleet) * 1e6:.0f} microseconds a device")
    print(f"beside all else that the machine did, it took {wall:.1f} s")
    return 0 if spent <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
