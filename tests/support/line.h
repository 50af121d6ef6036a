// A serial line for tests: a pseudo-terminal on the host's side, the device's own on the other, and between
// them a pump that can pace bytes at a baud rate, delay them as a USB adapter does, and damage them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "base/host/bytes_host.h"

namespace test {

struct LineFaults {
  // Chances for each byte, in millionths.
  uint32_t flip = 0;  // one random bit of it
  uint32_t drop = 0;
  uint32_t doubled = 0;
  uint32_t delay = 0;  // everything behind it waits delay_time
  std::chrono::milliseconds delay_time{20};
};

struct LineOptions {
  uint64_t seed = 0;
  LineFaults faults;
  int baud = 0;                          // 0: as fast as it goes; else 10 bits a byte in each direction
  std::chrono::microseconds latency{0};  // added to each burst towards the host (a USB adapter's timer)
};

struct LineCounts {
  uint64_t to_device = 0;  // bytes taken from the host
  uint64_t to_host = 0;    // bytes taken from the device
  uint64_t faults = 0;
};

class Line {
 public:
  // `device_path`: the device's pseudo-terminal or port. Its end may come and go (a reboot); the line waits for it.
  Line(std::string device_path, const LineOptions& options);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // What the host opens.
  [[nodiscard]] const std::string& host_path() const { return host_path_; }
  [[nodiscard]] LineCounts counts() const;
  void set_faults(const LineFaults& faults);
  // Unplugs: nothing passes any more, in either direction.
  void cut() { cut_ = true; }
  // Sees (and may change) every chunk; for a man in the middle. Called in a thread of the line.
  using Tap = std::function<void(bool to_device, base::Bytes& bytes)>;
  void set_tap(Tap tap);
  // Puts bytes of the test's own on the line towards the device.
  void send_to_device(base::ByteView bytes);

 private:
  struct Direction {
    std::chrono::steady_clock::time_point free_at{};
  };
  void pump_down();
  void pump_up();
  bool plug_in();
  // Reads what is there, counts and damages it. False: the other end hung up.
  bool take(int from, bool to_device, base::Bytes& bytes);
  base::Bytes damage(const base::Bytes& bytes, Direction& direction);
  // `waited`: the bytes were there before the line was free.
  void deliver(const base::Bytes& bytes, Direction& direction, bool to_device, bool waited);
  void put(bool to_device, const uint8_t* data, size_t size);

  std::string device_path_;
  LineOptions options_;
  std::string host_path_;
  int master_ = -1;
  int slave_keep_open_ = -1;     // so that the master never sees a hang-up while the host is away
  std::atomic<int> device_{-1};  // owned by the thread that reads it; writers hold device_mutex_
  std::mutex device_mutex_;
  Direction down_;
  Direction up_;
  std::mt19937_64 random_;
  mutable std::mutex mutex_;
  LineCounts counts_;
  Tap tap_;
  base::Bytes injected_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> cut_{false};
  std::thread down_thread_;
  std::thread up_thread_;
};

}  // namespace test
