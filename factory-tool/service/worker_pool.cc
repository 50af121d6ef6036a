#include "factory-tool/service/worker_pool.h"

#include <utility>

namespace factory {

WorkerPool::WorkerPool(size_t workers) {
  for (size_t i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
}

void WorkerPool::run(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return idle_ > 0 && !next_; });
  next_ = std::move(job);
  changed_.notify_all();
}

void WorkerPool::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return next_ || ending_; });
    --idle_;
    if (!next_) return;
    const auto job = std::exchange(next_, nullptr);
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace factory
