"""The words of the field, as the glossary explains them. Pure.

Clauses: "OCPP 1.6" is edition 2 of the specification of 2017, "OCPP-J 1.6" its JSON part, "security white paper" edition 3 of the OCA's
"Improved security for OCPP 1.6-J".
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.marking import N_


@dataclass(frozen=True)
class Term:
    """One word: its anchor in the glossary, what it means, and the clause to read on, where there is one."""

    anchor: str
    name: str
    meaning: str
    clause: str = ""


TERMS = (
    Term(
        "adaptor",
        N_("Adaptor"),
        N_(
            "A file that tells the registry how one management system is asked to send something, through its own API. "
            "Without one, the audit asks a person."
        ),
    ),
    Term(
        "audit",
        N_("Audit"),
        N_(
            "One device or management system held against its certificate while it runs. What it does on the wire decides, "
            "and nothing else."
        ),
    ),
    Term(
        "campaign",
        N_("Campaign"),
        N_("Many audits under one permission: which devices, how many at once, how many at a site, in which hours, how often."),
    ),
    Term(
        "certificate",
        N_("Certificate"),
        N_(
            "The paper of the Open Charge Alliance that says which feature profiles of OCPP one product passed in a "
            "laboratory, at one exact software version. It bears no date of expiry."
        ),
    ),
    Term(
        "charging-station",
        N_("Charging station (CS)"),
        N_("What cars are plugged into. OCPP 1.6 calls it a charge point; it opens the connection to its management system."),
        "OCPP 1.6, 2.2",
    ),
    Term(
        "configuration-key",
        N_("Configuration key"),
        N_(
            "A setting of a charging station that its management system can read, and sometimes change. A certificate may "
            "list the values that they had in the test."
        ),
        "OCPP 1.6, 9",
    ),
    Term(
        "connector",
        N_("Connector"),
        N_("One outlet of a charging station that charges one car at a time. Connectors are numbered from 1; 0 is the station as a whole."),
        "OCPP 1.6, 2.2",
    ),
    Term(
        "core",
        N_("Core"),
        N_("The feature profile for what every product needs: authorizing, starting, stopping, status, meter values, configuration."),
        "OCPP 1.6, 3.3",
    ),
    Term(
        "covered",
        N_("Covered, not covered, cannot tell"),
        N_(
            "The three answers about a device of the fleet. Covered: a certificate for which Core passed names this model at exactly "
            "this software version. Cannot tell: something is missing to say so, and the page names it."
        ),
    ),
    Term(
        "derivative",
        N_("Derivative"),
        N_(
            "A device of the same company and family as a certified product that is another product all the same: another "
            "model, another version, or other hardware, such as the number of connectors, a socket in place of a cable, or "
            "RFID readers."
        ),
    ),
    Term(
        "drift",
        N_("Drift"),
        N_("A device says something else than was certified, or runs other firmware than its row in the fleet has."),
    ),
    Term(
        "evidence-level",
        N_("Evidence level"),
        N_(
            "How well an offer shows what it claims, the strongest first: a certificate, a laboratory report, a tool "
            "report, a self-attestation, a proof of payment. A requirement set says which it takes."
        ),
    ),
    Term(
        "family",
        N_("Family"),
        N_(
            "Several models that one certificate names together. A device of one of them is held against it in a second step, "
            "and the answer says so."
        ),
    ),
    Term(
        "feature-profile",
        N_("Feature profile"),
        N_(
            "A group of features that belong together. OCPP 1.6 has six: Core, Firmware Management, Local Auth List "
            "Management, Reservation, Smart Charging and Remote Trigger."
        ),
        "OCPP 1.6, 3.3",
    ),
    Term(
        "finding",
        N_("Finding"),
        N_("A disagreement, inside a document or between a document and something else. It says what disagrees, not who is wrong."),
    ),
    Term(
        "firmware-management",
        N_("Firmware Management"),
        N_("The feature profile for new firmware and for files with diagnostics."),
        "OCPP 1.6, 3.3",
    ),
    Term(
        "frame",
        N_("Frame"),
        N_("One message on the wire: a call, its result, or an error. Every verdict links to the frames that prove it."),
        "OCPP-J 1.6, 4",
    ),
    Term(
        "full",
        N_("Full"),
        N_(
            "The type of certificate for all six feature profiles of OCPP 1.6. It says nothing of security, which has a "
            "certificate of its own."
        ),
    ),
    Term(
        "idtag",
        N_("idTag"),
        N_("What a driver is known by: the number of a card, at most 20 characters. The registry replaces it before it keeps anything."),
        "OCPP 1.6, 7.28",
    ),
    Term(
        "iso-15118",
        N_("ISO 15118"),
        N_(
            "The norm by which a car and a charging station speak over the cable, for plug and charge among others. Whether a "
            "station supports it is a row of the hardware on its certificate, and one of those that decide whether it is "
            "another product for certification."
        ),
    ),
    Term(
        "local-auth-list",
        N_("Local Auth List Management"),
        N_("The feature profile for a list of idTags inside the station, so that it can authorize without a connection."),
        "OCPP 1.6, 3.3",
    ),
    Term(
        "management-system",
        N_("Management system (CSMS)"),
        N_("What charging stations connect to. OCPP 1.6 calls it the central system."),
        "OCPP 1.6, 2.2",
    ),
    Term(
        "oca-list",
        N_("OCA list"),
        N_(
            "The list of certified products of the Open Charge Alliance. Here it is a second witness beside the documents, "
            "and never corrects them."
        ),
    ),
    Term(
        "ocpp",
        N_("OCPP"),
        N_(
            "The Open Charge Point Protocol: how charging stations and management systems speak with each other. The versions "
            "1.6, 2.0.1 and 2.1 are certified each by itself: a certificate for one says nothing of another."
        ),
    ),
    Term(
        "octt",
        N_("OCTT, test case"),
        N_(
            "The test tool of the Open Charge Alliance. Its test cases have numbers such as TC_019_CS, and audits here use "
            "the same numbers."
        ),
    ),
    Term(
        "pics",
        N_("PICS"),
        N_(
            "What the manufacturer declared before the test, such as within how many seconds the product answers. The "
            "certificate prints it beside what the laboratory measured. There is no limit that it has to keep."
        ),
    ),
    Term(
        "remote-trigger",
        N_("Remote Trigger"),
        N_("The feature profile for having a station send a message now, such as its status."),
        "OCPP 1.6, 5.17",
    ),
    Term(
        "requirement-set",
        N_("Requirement set"),
        N_("The rules of a funding scheme or a tender, written so that offers can be held against them, with their sources and dates."),
    ),
    Term(
        "reservation",
        N_("Reservation"),
        N_("The feature profile for keeping a connector free for one driver until a certain time."),
        "OCPP 1.6, 3.11",
    ),
    Term(
        "revision",
        N_("Revision"),
        N_("A later edition of a certificate under the same number. The registry keeps them all and shows what differs."),
    ),
    Term(
        "security-certificate",
        N_("Security certificate"),
        N_(
            "The type of certificate for the security extension of OCPP 1.6. Schemes that ask for Core and Security take a "
            "Full or Subset certificate together with it."
        ),
    ),
    Term(
        "security-profile",
        N_("Security profile"),
        N_("How a connection is protected: 1 with a password, 2 with a password over TLS, 3 over TLS with a certificate on both ends."),
        "security white paper, 2",
    ),
    Term(
        "smart-charging",
        N_("Smart Charging"),
        N_("The feature profile for limits on power or current, for a station, a connector or one transaction, by the hour."),
        "OCPP 1.6, 3.13",
    ),
    Term(
        "subset",
        N_("Subset"),
        N_(
            "The type of certificate for some feature profiles of OCPP 1.6: those where it prints Pass. N/A means that it "
            "does not cover the profile."
        ),
    ),
    Term(
        "superseded",
        N_("Superseded"),
        N_(
            "Another revision of the same certificate number has a later date and holds in its place. Where the dates do not "
            "tell which one holds, pages say that this is not known."
        ),
    ),
    Term(
        "takeover",
        N_("Takeover"),
        N_("The kind of audit in which a station connects to this registry in place of its own management system, for a minute or two."),
    ),
    Term(
        "tier",
        N_("Tier"),
        N_(
            "How far an audit may go: passive listens; read-only asks without changing anything; reversible changes "
            "settings and puts them back; in-session charges a car; disruptive restarts and unlocks; person asks somebody "
            "to plug in or present a card."
        ),
    ),
    Term(
        "transcript",
        N_("Transcript"),
        N_("The recording of an audit: every frame, both ways, with its time. Passwords and idTags are replaced before it is kept."),
    ),
    Term(
        "twin",
        N_("Twin"),
        N_(
            "A station or a management system that runs here and behaves exactly as one certificate says. Audits are tested"
            " on twins, with and without faults."
        ),
    ),
    Term(
        "verdict",
        N_("Verdict"),
        N_(
            "What an audit comes to. Conformant: all that could be observed is as certified. Deviates: at least one thing "
            "is not. Inconclusive: nothing speaks against it, and too little was seen."
        ),
    ),
    Term(
        "type-letters",
        N_("Core + S, and other types of letters"),
        N_(
            "A type of certificate as the OCA’s list writes it: Core, and letters for the profiles besides. S stands for "
            "Advanced Security, L for Local Authorization List Management, C for Smart Charging, D for Advanced Device "
            "Management, R for Reservation, U for Advanced User Interface, I for ISO 15118 Support. Advanced Security is what "
            "older certificates call Security."
        ),
    ),
    Term(
        "white-label",
        N_("White label"),
        N_(
            "A certificate for a product that one company makes and another sells under its own name. A device under either "
            "name is held against it in a second step, and the answer says so."
        ),
    ),
    Term(
        "withdrawn",
        N_("Withdrawn"),
        N_("The OCA’s list had the certificate, and the current list has it no more. Why, the list does not say."),
    ),
    Term(
        "would-meet-with",
        N_("Would meet with"),
        N_("The answer about an offer that lacks one certificate, and nothing else. The page names the certificate."),
    ),
)
"""All words, in the order of their English names."""
