// batch create | list | show | image.
#include <sys/stat.h>

#include "factory-tool/batch_image.h"
#include "factory-tool/cmd/batch_secret.h"
#include "factory-tool/cmd/tool.h"
#include "factory-tool/files.h"
#include "factory-tool/table.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::failure;
using base::Outcome;

void print_batch(Tool& tool, const db::Batch& batch) {
  JsonWriter json;
  json.begin_object().field("name", batch.name).field("id", base::to_hex(batch.id)).key("stations").begin_array();
  for (const auto& station : batch.stations) json.string(base::to_hex(station));
  tool.print(json.end_array().field("created-at", batch.created_at).end_object());
}

Outcome<std::vector<base::ByteArray<65>>> stations_of(const Home& home, const BatchCreateOptions& options) {
  std::vector<std::filesystem::path> files = {home.directory() / "keys" / "station.pub.pem"};
  files.insert(files.end(), options.stations.begin(), options.stations.end());
  if (files.size() > protocol::kMaxStations) {
    return failure(ErrorCode::kUsage,
                   "a batch has " + std::to_string(protocol::kMaxStations) + " stations at most, this one among them");
  }
  std::vector<base::ByteArray<65>> stations;
  for (const auto& file : files) {
    BASE_ASSIGN(const base::Bytes pem, read_file(file));
    BASE_ASSIGN(const auto key, parse_public_key(pem, file.string()));
    stations.push_back(key);
  }
  return stations;
}

Outcome<base::SecretBuffer> encoded_block(const protocol::BatchBlock& block) {
  base::SecretBuffer bytes(protocol::kBatchBlockSize);
  const auto place = std::span<uint8_t, protocol::kBatchBlockSize>(bytes.span());
  if (auto encoded = protocol::encode_batch_block(block, place); !encoded)
    return base::failure_of(encoded.error(), "batch block");
  return bytes;
}

}  // namespace

Outcome<void> load_batch_block(const Home& home, const db::Batch& batch, protocol::BatchBlock& block) {
  BASE_ASSIGN(const base::SecretBuffer secret, read_secret_file(home.batch_secret(batch.name)));
  if (secret.size() != block.secret.size()) {
    return failure(
        ErrorCode::kConfiguration, "the batch secret has " + std::to_string(secret.size()) + " bytes, not 32",
        home.batch_secret(batch.name).string(), "Restore the file from a backup; without it the batch cannot be used.");
  }
  block.id = batch.id;
  base::copy(block.secret, secret.view());
  block.stations.clear();
  for (const auto& station : batch.stations) {
    if (!block.stations.push_back(station))
      return failure(ErrorCode::kRegistryCorrupt, "the batch has too many stations");
  }
  return {};
}

Status run(Tool& tool, const BatchCreateOptions& options) {
  BASE_TRY(check_name("a batch", options.name));
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(SeedProvider* const seeds, tool.seeds());
  BASE_ASSIGN(db::Registry registry, tool.registry(home));
  db::Batch batch;
  batch.name = options.name;
  BASE_ASSIGN(batch.stations, stations_of(home, options));
  BASE_TRY(seeds->fill(batch.id));
  base::SecretBytes<protocol::kBatchSecretSize> secret;
  BASE_TRY(seeds->fill(secret.span()));
  // The record first: it refuses a name that is taken, and a batch without its file only cannot be used.
  BASE_TRY(registry.create_batch(batch));
  BASE_TRY(replace_file(home.batch_secret(batch.name), secret.view(), kSecretFileMode));
  BASE_ASSIGN(batch, registry.batch(batch.name));
  if (tool.json()) {
    print_batch(tool, batch);
  } else {
    tool.out() << "made batch " << batch.name << " (id " << base::to_hex(batch.id) << ")\n";
  }
  return {};
}

Status run(Tool& tool, const BatchListOptions&) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const std::vector<db::Batch> batches, registry.batches());
  Table table({"name", "id", "stations", "created"});
  for (const db::Batch& batch : batches) {
    if (tool.json()) print_batch(tool, batch);
    table.add({batch.name, base::to_hex(batch.id), std::to_string(batch.stations.size()), time_text(batch.created_at)});
  }
  if (!tool.json()) tool.out() << table.text();
  return {};
}

Status run(Tool& tool, const BatchShowOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const db::Batch batch, registry.batch(options.name));
  if (tool.json()) {
    print_batch(tool, batch);
    return {};
  }
  tool.out() << "name     " << batch.name << "\nid       " << base::to_hex(batch.id) << "\ncreated  "
             << time_text(batch.created_at) << '\n';
  for (const auto& station : batch.stations) tool.out() << "station  " << base::to_hex(station) << '\n';
  return {};
}

Status run(Tool& tool, const BatchImageOptions& options) {
  BASE_ASSIGN(const Home home, tool.home());
  BASE_ASSIGN(db::Registry registry, tool.registry(home, db::Registry::Mode::kReadOnly));
  BASE_ASSIGN(const db::Batch batch, registry.batch(options.batch));
  protocol::BatchBlock block;
  const base::WipeOnExit wipe(block.secret);
  BASE_TRY(load_batch_block(home, batch, block));
  // What is written carries the batch secret: for its owner alone, whatever the mode of the image was.
  unsigned mode = kSecretFileMode;
  base::SecretBuffer image;
  if (options.image.empty()) {
    BASE_ASSIGN(image, encoded_block(block));
  } else {
    constexpr size_t kLargestImage = size_t{256} << 20;
    BASE_ASSIGN(const base::Bytes source, read_file(options.image, kLargestImage));
    image = base::SecretBuffer(source);
    struct stat info {};
    if (::stat(options.image.c_str(), &info) == 0) mode |= info.st_mode & 0100;
    if (auto patched = patch_batch_block(image.span(), block); !patched) {
      base::Failure problem = patched.error();
      problem.where = options.image.string();
      return std::unexpected(problem);
    }
  }
  BASE_TRY(replace_file(options.out, image.view(), mode));
  if (tool.json()) {
    JsonWriter json;
    tool.print(json.begin_object().field("batch", batch.name).field("out", options.out.string()).end_object());
  } else {
    tool.out() << "wrote " << options.out.string() << " for batch " << batch.name << '\n';
  }
  return {};
}

}  // namespace factory
