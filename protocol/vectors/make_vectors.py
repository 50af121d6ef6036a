#!/usr/bin/python3
"""Writes the test vectors of SPEC.md beside this file.

An implementation of its own, from the specification and not from the C++ code: COBS, CRC-32C, CBOR, the Noise
handshake and COSE are written out here, over the primitives of the Python package `cryptography`. A developer's
tool; the checked-in output is what the tests read. Everything is deterministic.

    python3 protocol/vectors/make_vectors.py
    python3 protocol/vectors/make_vectors.py --corpus DIR     also seeds for the fuzzers of protocol/fuzz
"""

import hashlib
import hmac
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = pathlib.Path(__file__).resolve().parent
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def seq(start, size):
    return bytes((start + i) % 256 for i in range(size))


# ---- CBOR, deterministic -----------------------------------------------------------------------------


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * width):
            return bytes([major << 5 | info]) + number.to_bytes(width, "big")
    raise ValueError(number)


def cbor(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(v) for v in value)
    if isinstance(value, dict):
        entries = sorted((cbor(k), cbor(v)) for k, v in value.items())
        return head(5, len(entries)) + b"".join(k + v for k, v in entries)
    raise TypeError(value)


# ---- frames ------------------------------------------------------------------------------------------


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def cobs(data):
    out = bytearray()
    blocks = data.split(b"\x00")
    for index, block in enumerate(blocks):
        last = index == len(blocks) - 1
        while len(block) > 254:
            out += b"\xff" + block[:254]
            block = block[254:]
        if len(block) == 254 and last:
            out += b"\xff" + block
        elif len(block) == 254:
            out += b"\xff" + block + b"\x01"
        else:
            out += bytes([len(block) + 1]) + block
    return bytes(out)


def frame(kind, sequence, payload):
    raw = struct.pack(">BBH", 1, kind, sequence) + payload
    raw += struct.pack(">I", crc32c(raw))
    return b"\x00" + cobs(raw) + b"\x00"


# ---- digests and keys --------------------------------------------------------------------------------


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def labelled(label, *parts):
    return sha256(bytes([len(label)]), label.encode(), *parts)


def hmac256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(salt, secret, info, size):
    prk = hmac256(salt if salt else bytes(32), secret)
    out, block, counter = b"", b"", 1
    while len(out) < size:
        block = hmac256(prk, block + info + bytes([counter]))
        out += block
        counter += 1
    return out[:size]


def private_key(scalar):
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def public_point(scalar):
    return private_key(scalar).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def ecdh(scalar, point):
    peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return private_key(scalar).exchange(ec.ECDH(), peer)


def ecdsa_sign(scalar, digest):
    """RFC 6979: the nonce is derived, so that the vectors can be made again."""
    x = int.from_bytes(scalar, "big")
    e = int.from_bytes(digest, "big")
    seed = scalar + (e % P256_ORDER).to_bytes(32, "big")
    k, v = bytes(32), b"\x01" * 32
    for separator in (b"\x00", b"\x01"):
        k = hmac256(k, v + separator + seed)
        v = hmac256(k, v)
    while True:
        v = hmac256(k, v)
        nonce = int.from_bytes(v, "big")
        if 1 <= nonce < P256_ORDER:
            r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % P256_ORDER
            s = pow(nonce, -1, P256_ORDER) * (e + r * x) % P256_ORDER
            if r and s:
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        k = hmac256(k, v + b"\x00")
        v = hmac256(k, v)


# ---- Noise_KNpsk0_P256_AESGCM_SHA256, revision 34 ----------------------------------------------------


def noise_hkdf(chaining_key, material, outputs):
    temp = hmac256(chaining_key, material)
    result, block = [], b""
    for index in range(1, outputs + 1):
        block = hmac256(temp, block + bytes([index]))
        result.append(block)
    return result


class Symmetric:
    def __init__(self):
        self.h = b"Noise_KNpsk0_P256_AESGCM_SHA256".ljust(32, b"\x00")
        self.ck = self.h
        self.k = None

    def mix_hash(self, data):
        self.h = sha256(self.h, data)

    def mix_key(self, data):
        self.ck, self.k = noise_hkdf(self.ck, data, 2)

    def mix_key_and_hash(self, data):
        self.ck, temp_h, self.k = noise_hkdf(self.ck, data, 3)
        self.mix_hash(temp_h)

    def encrypt_and_hash(self, plaintext):
        ciphertext = AESGCM(self.k).encrypt(bytes(12), plaintext, self.h)
        self.mix_hash(ciphertext)
        return ciphertext


def transport(key, counter, header, plaintext):
    return AESGCM(key).encrypt(bytes(4) + struct.pack(">Q", counter), plaintext, header)


# ---- output ------------------------------------------------------------------------------------------


OUTPUTS = []


class Output:
    def __init__(self, name):
        self.values = []
        self.path = HERE / name
        self.lines = ["# Made by make_vectors.py; SPEC.md says what the values are. Hexadecimal throughout."]

    def section(self, section_name, **fields):
        self.lines.append(f"\n[{section_name}]")
        for key, value in fields.items():
            self.values.append((section_name, key, value))
            self.lines.append(f"{key} = {value.hex()}")

    def write(self):
        OUTPUTS.append(self)
        self.path.write_text("\n".join(self.lines) + "\n")


def u16(value):
    return struct.pack(">H", value)


TRANSACTION = seq(0x10, 16)
BATCH = seq(0x20, 16)
CHIP = bytes.fromhex("0123456789abcdef01234567")
CHALLENGE = seq(0x40, 32)
DIGEST = seq(0x60, 32)
POINT = b"\x04" + seq(0x80, 64)
STATION_SCALAR = sha256(b"station")
STATION_POINT = public_point(STATION_SCALAR)
BATCH_SECRET = seq(0xA0, 32)

HELLO_REPLY = cbor({
    1: 1, 2: "1.2.3", 3: "nucleo-f411re", 4: CHIP, 5: 0, 6: False, 7: False, 8: 15000, 9: 1024, 10: 4, 12: BATCH, 13: 3})


def make_frames():
    out = Output("frames.txt")
    cases = [
        ("empty", 0x05, 0x0000, b""),
        ("hello", 0x01, 0x1234, cbor({1: 1, 2: 1024})),
        ("zeros", 0x03, 0x0100, bytes(5)),
        ("no zero", 0x83, 0xFFFF, b"\x55" * 40),
        ("246 bytes", 0x83, 0x0101, b"\x55" * 246),
        ("247 bytes", 0x83, 0x0101, b"\x55" * 247),
        ("block ends at a zero", 0x83, 0x0101, b"\x55" * 250 + b"\x00" + b"\x66" * 3),
        ("600 bytes", 0x03, 0x7FFF, seq(1, 600)),
    ]
    for name, kind, sequence, payload in cases:
        out.section(name, type=bytes([kind]), sequence=u16(sequence), payload=payload, wire=frame(kind, sequence, payload))
    out.write()


RECEIPT = cbor({
    1: CHALLENGE, 2: CHIP, 3: "SN-0001", 4: TRANSACTION, 5: DIGEST, 6: 12, 7: POINT, 8: 2, 9: "nucleo-f411re", 10: "1.2.3"})


def make_messages():
    out = Output("messages.txt")
    messages = {
        "HelloRequest": {1: 1, 2: 2048},
        "HelloReply": None,
        "HelloReply full": {1: 1, 2: "1.2.3", 3: "linux", 4: CHIP, 5: 1, 6: True, 7: True, 8: 70000, 9: 4096, 10: 4,
                            11: TRANSACTION, 12: BATCH, 13: 0, 14: 0x020C},
        "HelloReply protectable": {1: 1, 2: "1.2.3", 3: "nucleo-f411re", 4: CHIP, 5: 0, 6: False, 7: False, 8: 15000,
                                   9: 1024, 10: 4, 12: BATCH, 13: 3, 15: 2},
        "HandshakeRequest": {1: seq(0x30, 8), 2: seq(0, 81)},
        "HandshakeReply": {1: seq(0, 90)},
        "AttestRequest": {1: CHALLENGE},
        "AttestReply": {1: seq(1, 300)},
        "Refusal": {1: 0x0105, 2: 0x1234},
        "SessionState empty": {},
        "SessionState full": {1: TRANSACTION, 2: DIGEST, 3: "SN-0001", 4: POINT, 5: seq(0xC0, 32), 6: seq(0, 24)},
        "SeedRequest": {1: TRANSACTION, 2: seq(0xD0, 48)},
        "BeginRequest": {1: TRANSACTION, 2: "SN-0001"},
        "GenerateKeyRequest": {1: bytes.fromhex("300c310a300806035504030c0178")},
        "GenerateKeyReply": {1: seq(7, 256)},
        "ImportKeyRequest": {1: seq(0xE0, 32)},
        "ImportKeyReply": {1: POINT},
        "PutRequest": {1: [{1: "mbed.EndpointName", 5: b"unit-1"},
                           {1: "big", 2: 0, 3: 2048, 4: 1000, 5: seq(0, 30)},
                           {1: "first", 3: 100, 5: seq(9, 10)},
                           {1: "empty", 5: b""}]},
        "CommitRequest": {1: 300, 2: DIGEST},
        "LockRequest": {1: CHALLENGE},
        "LockRequest protected": {1: CHALLENGE, 2: 1},
        "LockReply": {1: seq(1, 300)},
        "VerifyReply": {1: 7, 2: DIGEST},
        "Receipt": None,
        "Receipt protected": {1: CHALLENGE, 2: CHIP, 3: "SN-0001", 4: TRANSACTION, 5: DIGEST, 6: 12, 7: POINT, 8: 2,
                              9: "nucleo-f411re", 10: "1.2.3", 11: 2},
        "FirstBootProof": {1: CHALLENGE, 2: CHIP, 3: "SN-0001", 4: DIGEST, 5: 5000000000},
        "CommandEnvelope": [6, {1: 300, 2: DIGEST}],
        "CommandEnvelope empty": [8, {}],
        "ReplyEnvelope": [0, {1: 7, 2: DIGEST}],
        "ReplyEnvelope error": [0x0405, {}],
        "CheckInChallenge": {1: CHALLENGE},
        "CheckInAnswer": {1: 0, 2: 1763800000},
        "CheckInAnswer refused": {1: 0x050C, 2: 1763800000, 3: "known under another chip"},
    }
    for name, value in messages.items():
        encoded = {"HelloReply": HELLO_REPLY, "Receipt": RECEIPT}.get(name) or cbor(value)
        out.section(name, cbor=encoded)
    out.write()


def item_digest(name, flags, value):
    return labelled("factory-line item v1", bytes([len(name)]), name.encode(), bytes([flags]),
                    struct.pack(">I", len(value)), value)


def make_digests():
    out = Output("digests.txt")
    items = [("mbed.EndpointName", 1, b"unit-1"), ("empty", 0, b""), ("big", 1, seq(0, 2048))]
    digests = []
    for name, flags, value in items:
        digest = item_digest(name, flags, value)
        digests.append(digest)
        out.section("item " + name, name=name.encode(), flags=bytes([flags]), value=value, digest=digest)
    out.section("items", digest=labelled("factory-line items v1", u16(3), *sorted(digests)))
    out.section("no items", digest=labelled("factory-line items v1", u16(0)))
    seed = seq(0xD0, 48)
    out.section("seed", seed=seed, commitment=labelled("factory-line seed v1", seed))
    out.write()


def make_cose():
    out = Output("cose.txt")
    scalar = sha256(b"unit")
    label = b"factory-line receipt v1"
    protected = cbor({1: -7})
    structure = cbor(["Signature1", protected, label, RECEIPT])
    signature = ecdsa_sign(scalar, sha256(structure))
    message = b"\xd2" + head(4, 4) + cbor(protected) + cbor({}) + cbor(RECEIPT) + cbor(signature)
    out.section("receipt", private=scalar, public=public_point(scalar), label=label, payload=RECEIPT,
                sig_structure=structure, message=message)
    out.write()


def batch_block(stations):
    block = b"\xf4\xb1\x0ckatch-block\r\x1a"
    block += bytes([1, len(stations), 0, 0]) + BATCH + BATCH_SECRET
    block += b"".join(stations).ljust(4 * 65, b"\x00")
    return block + struct.pack(">I", crc32c(block))


def make_batch_block():
    out = Output("batch_block.txt")
    second = public_point(sha256(b"station 2"))
    out.section("one station", id=BATCH, secret=BATCH_SECRET, station=STATION_POINT, block=batch_block([STATION_POINT]))
    out.section("two stations", id=BATCH, secret=BATCH_SECRET, station=STATION_POINT, second=second,
                block=batch_block([STATION_POINT, second]))
    out.section("station id", station=STATION_POINT, id=sha256(STATION_POINT)[:8])
    out.write()


def make_channel():
    out = Output("channel.txt")
    psk = hkdf(b"", BATCH_SECRET, b"factory-line psk v1", 32)
    station_id = sha256(STATION_POINT)[:8]
    hello_digest = labelled("factory-line hello v1", HELLO_REPLY)
    prologue = labelled("factory-line prologue v1", hello_digest, station_id)

    # -> psk, e
    host_scalar = sha256(b"host ephemeral")
    host_point = public_point(host_scalar)
    state = Symmetric()
    state.mix_hash(prologue)
    state.mix_hash(STATION_POINT)
    state.mix_key_and_hash(psk)
    state.mix_hash(host_point)
    state.mix_key(host_point)
    message1 = host_point + state.encrypt_and_hash(b"")
    after1 = (state.h, state.ck)

    # The device's share.
    counter, noise = 7, seq(0x33, 16)
    context = labelled("factory-line ephemeral v1", bytes([len(CHIP)]), CHIP, struct.pack(">Q", counter),
                       u16(len(message1)), message1, u16(len(noise)), noise)
    device_scalar = hkdf(context, BATCH_SECRET, b"factory-line ephemeral v1" + b"\x00", 32)
    assert 1 <= int.from_bytes(device_scalar, "big") < P256_ORDER

    # <- e, ee, se
    payload = cbor({1: TRANSACTION, 2: DIGEST, 3: "SN-0001"})
    device_point = public_point(device_scalar)
    state.mix_hash(device_point)
    state.mix_key(device_point)
    state.mix_key(ecdh(device_scalar, host_point))
    state.mix_key(ecdh(device_scalar, STATION_POINT))
    message2 = device_point + state.encrypt_and_hash(payload)
    to_device, to_host = noise_hkdf(state.ck, b"", 2)

    out.section("keys", batch_secret=BATCH_SECRET, psk=psk, station_private=STATION_SCALAR,
                station_public=STATION_POINT, station_id=station_id)
    out.section("prologue", hello_reply=HELLO_REPLY, hello_digest=hello_digest, prologue=prologue)
    out.section("message 1", ephemeral_private=host_scalar, message=message1, handshake_hash=after1[0],
                chaining_key=after1[1])
    out.section("device ephemeral", chip_id=CHIP, session_counter=struct.pack(">Q", counter), board_noise=noise,
                context=context, scalar=device_scalar)
    out.section("message 2", payload=payload, message=message2, handshake_hash=state.h, chaining_key=state.ck)
    out.section("transport keys", host_to_device=to_device, device_to_host=to_host)
    for index in range(3):
        sequence = u16(0x1236 + index)
        request = cbor([8, {}]) if index == 0 else cbor([1, {1: TRANSACTION, 2: seq(index, 48)}])
        reply = cbor([0, {1: index, 2: DIGEST}])
        out.section(f"transport {index}", request_header=b"\x03" + sequence, request=request,
                    sealed_request=transport(to_device, index, b"\x03" + sequence, request),
                    reply_header=b"\x83" + sequence, reply=reply,
                    sealed_reply=transport(to_host, index, b"\x83" + sequence, reply))
    out.write()


# As in fuzz/messages.cc, whose inputs start with the number of the message.
MESSAGE_NUMBERS = [
    "HelloRequest", "HelloReply", "HandshakeRequest", "HandshakeReply", "AttestRequest", "AttestReply", "Refusal",
    "SessionState", "SeedRequest", "BeginRequest", "GenerateKeyRequest", "GenerateKeyReply", "ImportKeyRequest",
    "ImportKeyReply", "PutRequest", "CommitRequest", "LockRequest", "LockReply", "VerifyReply", "Receipt",
    "FirstBootProof", "CommandEnvelope", "ReplyEnvelope", "CheckInChallenge", "CheckInAnswer"]


def make_corpus(directory):
    fuzzers = {"wire": "frames", "cbor": "messages", "message": "channel", "block": "batch_block"}
    for output in OUTPUTS:
        for section, key, value in output.values:
            if key not in fuzzers:
                continue
            if key == "cbor":
                value = bytes([MESSAGE_NUMBERS.index(section.split(" ")[0])]) + value
            folder = pathlib.Path(directory) / fuzzers[key]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / hashlib.sha256(value).hexdigest()[:16]).write_bytes(value)


if __name__ == "__main__":
    make_frames()
    make_messages()
    make_digests()
    make_cose()
    make_batch_block()
    make_channel()
    if len(sys.argv) == 3 and sys.argv[1] == "--corpus":
        make_corpus(sys.argv[2])
