// Writes the seed corpora of the fuzzers: OUT/FUZZER/NUMBER, from the test vectors and profiles of the tree.
//
//   fuzz_seeds SOURCE_DIR OUT_DIR
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

// As messages.cc numbers them.
constexpr std::string_view kMessages[] = {
    "HelloRequest",       "HelloReply",       "HandshakeRequest", "HandshakeReply",   "AttestRequest",
    "AttestReply",        "Refusal",          "SessionState",     "SeedRequest",      "BeginRequest",
    "GenerateKeyRequest", "GenerateKeyReply", "ImportKeyRequest", "ImportKeyReply",   "PutRequest",
    "CommitRequest",      "LockRequest",      "LockReply",        "VerifyReply",      "Receipt",
    "FirstBootProof",     "CommandEnvelope",  "ReplyEnvelope",    "CheckInChallenge", "CheckInAnswer",
};

class Seeds {
 public:
  explicit Seeds(fs::path out) : out_(std::move(out)) {}

  void add(const std::string& fuzzer, const std::string& bytes) {
    const fs::path folder = out_ / fuzzer;
    fs::create_directories(folder);
    char name[16];
    std::snprintf(name, sizeof name, "%03zu", count_++);
    std::ofstream file(folder / name, std::ios::binary);
    file << bytes;
    if (!file.flush()) throw std::runtime_error("cannot write " + (folder / name).string());
  }
  [[nodiscard]] size_t count() const { return count_; }

 private:
  fs::path out_;
  size_t count_ = 0;
};

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

struct Vector {
  std::string section, key, value;
};
std::vector<Vector> read_vectors(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::vector<Vector> all;
  std::string section;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      section = line.substr(1, line.size() - 2);
    } else if (const size_t equals = line.find(" = "); equals != std::string::npos) {
      all.push_back({section, line.substr(0, equals), from_hex(line.substr(equals + 3))});
    }
  }
  return all;
}

// A step of the agent's fuzzer: 0 bytes of the line, 1 a frame, 2 a command.
std::string step(char what, const std::string& bytes) {
  return std::string{what, static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size())} + bytes;
}

void add_messages(Seeds& seeds, const fs::path& vectors) {
  std::string hello, commands, clear;
  for (const Vector& vector : read_vectors(vectors / "messages.txt")) {
    const std::string name = vector.section.substr(0, vector.section.find(' '));
    const auto found = std::find(std::begin(kMessages), std::end(kMessages), name);
    if (found == std::end(kMessages) || vector.key != "cbor") continue;
    seeds.add("messages", static_cast<char>(found - std::begin(kMessages)) + vector.value);
    const auto is = [&](std::string_view wanted) { return name == wanted; };
    // Frame types and command numbers of protocol/frame.h and messages.h.
    if (is("HelloRequest")) hello = step(1, std::string("\x01\x00\x00", 3) + vector.value);
    if (is("HandshakeRequest")) clear += step(1, std::string("\x02\x00\x01", 3) + vector.value);
    if (is("AttestRequest")) clear += step(1, std::string("\x04\x00\x01", 3) + vector.value);
    constexpr std::string_view kCommands[] = {"SeedRequest", "BeginRequest",  "GenerateKeyRequest", "ImportKeyRequest",
                                              "PutRequest",  "CommitRequest", "LockRequest"};
    const auto command = std::find(std::begin(kCommands), std::end(kCommands), name);
    if (command != std::end(kCommands)) {
      commands += step(2, static_cast<char>(command - std::begin(kCommands) + 1) + vector.value);
    }
  }
  for (char stage = 0; stage < 7; ++stage) {
    seeds.add("agent", std::string{stage} + hello + clear + commands);
    seeds.add("agent", std::string{stage} + step(2, std::string("\x08\xA0", 2)) + step(2, std::string("\x09\xA0", 2)));
  }
}

void add_text_files(Seeds& seeds, const std::string& fuzzer, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::ifstream in(file);
    seeds.add(fuzzer, std::string(std::istreambuf_iterator<char>(in), {}));
  }
}

void add_all(Seeds& seeds, const fs::path& source) {
  const fs::path vectors = source / "protocol/vectors";
  add_messages(seeds, vectors);
  for (const Vector& vector : read_vectors(vectors / "frames.txt")) {
    if (vector.key != "wire") continue;
    seeds.add("frames", vector.value);
    seeds.add("agent", std::string(1, 0) + step(0, vector.value));
  }
  for (const char* file : {"channel.txt", "cose.txt"}) {
    for (const Vector& vector : read_vectors(vectors / file)) seeds.add("channel", vector.value);
  }
  for (const Vector& vector : read_vectors(vectors / "batch_block.txt")) {
    if (vector.value.size() > 100) seeds.add("batch_block", vector.value);
  }
  add_text_files(seeds, "profile", source / "cert-templates/profiles");
  add_text_files(seeds, "profile", source / "cert-templates/testdata");
  for (const char* uri : {"https://localhost:8443", "coaps://[2001:db8::1]:5684", "https://device.example.com/path"}) {
    seeds.add("uri", uri);
  }
  seeds.add("http",
            std::string("\x05") + "HTTP/1.1 200 OK\r\nContent-Type: application/cbor\r\nContent-Length: 3\r\n\r\nabc");
  seeds.add("http", std::string("\x1F") + "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  // Of the relay: a request to close, and a reply with three bytes (protocol/relay.cddl).
  const std::string request("\xA4\x01\x03\x02\x00\x03\x00\x06\x40", 9);
  const std::string reply("\xA2\x01\x00\x02\x43\x61\x62\x63", 8);
  for (char which = 0; which < 2; ++which) {
    seeds.add("relay", std::string(1, which) + request);
    seeds.add("relay", std::string(1, which) + reply);
  }
  for (char script = 0; script < 8; ++script) {
    seeds.add("relay_stream", std::string{script, 2} + reply + '\2' + reply + '\2' + reply);
  }
  for (char place = 0; place < 4; ++place) seeds.add("stored_record", std::string{place, 0, 0, 0, place, 0, 40, 1});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds SOURCE_DIR OUT_DIR\n");
    return 2;
  }
  try {
    fs::remove_all(argv[2]);
    Seeds seeds(argv[2]);
    add_all(seeds, argv[1]);
    return seeds.count() == 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz_seeds: %s\n", error.what());
    return 1;
  }
}
