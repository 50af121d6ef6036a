// Threads for connections, as many as are allowed and no queue behind them: who gives work waits until a thread
// is free, so that further connections wait in the kernel's backlog.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace factory {

class WorkerPool {
 public:
  explicit WorkerPool(size_t workers);
  ~WorkerPool() { shutdown(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Blocks while every thread is at work.
  void run(std::function<void()> job);
  // Finishes what was given and ends the threads.
  void shutdown();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> next_;
  size_t idle_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace factory
