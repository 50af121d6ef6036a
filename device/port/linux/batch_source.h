// Where the batch block of a Linux unit lies: in a file of its own, or in the program's own image.
#pragma once

#include "device/port/linux/config.h"
#include "protocol/batch_block.h"

namespace device {

class BatchSource {
 public:
  ~BatchSource();

  // From the file at `path`; one that does not exist means no block. kConfiguration: cannot be read or has another
  // size.
  base::Status open_file(const PathText& path, Diagnostic& diagnostic);
  // From the running image: batch_section() of the app, which has its own copy of the program file as a chip has its
  // own flash. Empty: none.
  void use_image(base::ByteView section);

  // kBatchBlockSize bytes; empty where there is none or it was wiped.
  [[nodiscard]] base::ByteView block() const;

  // Destroys the block for good; done again, also after a restart, it succeeds.
  // A file is overwritten, synchronised and removed. An image that runs cannot be written, so a copy without the block
  // takes its place (written beside it, synchronised, renamed over it); the old blocks of the disk go back to the file
  // system unwiped, which is why a product keeps the block in a file on a medium that it can erase. kIo.
  base::Status wipe();

 private:
  base::Status wipe_file();
  base::Status wipe_image();

  PathText path_;
  base::ByteArray<protocol::kBatchBlockSize> from_file_{};
  base::ByteView image_;
  bool in_file_ = false;  // the configuration names a file
  bool present_ = false;
};

}  // namespace device
