// virtual-board: a NUCLEO-F411RE on a pseudo-terminal.
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <random>

#include "virtual-board/app/figures.h"
#include "virtual-board/app/options.h"
#include "virtual-board/app/session.h"

namespace {

using namespace virtual_board;
using namespace virtual_board::app;

Requests g_requests;

void on_signal(int number) {
  if (number == SIGUSR1) {
    g_requests.reset = 1;
  } else if (number == SIGUSR2) {
    g_requests.power_cycle = 1;
  } else {
    g_requests.end = 1;
  }
}

// Blocks the signals that the program answers, and gives the mask with which a wait lets them in.
sigset_t catch_signals() {
  sigset_t caught;
  sigset_t unblocked;
  sigemptyset(&caught);
  constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
  for (const int number : kSignals) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
    sigaddset(&caught, number);
  }
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &caught, &unblocked);
  for (const int number : kSignals) sigdelset(&unblocked, number);
  return unblocked;
}

int complain(const base::Failure& failure) {
  std::cerr << "virtual-board: " << failure.to_string() << '\n';
  return kExitTrouble;
}

base::Outcome<Image> open_image(const Options& options, uint64_t seed) {
  std::error_code ignored;
  const bool is_new = options.image.empty() || !std::filesystem::exists(options.image, ignored);
  base::Outcome<Image> image = options.image.empty() ? Image(seed) : Image::open(options.image, seed);
  if (!image || !options.unique_id) return image;
  if (is_new) {
    image->content().unique_id = *options.unique_id;
  } else if (image->content().unique_id != *options.unique_id) {
    return base::failure(base::ErrorCode::kInvalidArgument, "the board in the image has another unique id",
                         options.image, "Leave out --uid, or give another --image");
  }
  return image;
}

int run(const Options& options) {
  const sigset_t unblocked = catch_signals();
  const uint64_t seed = options.seed ? *options.seed : std::random_device{}() % 1'000'000'000U;
  auto image = open_image(options, seed);
  if (!image) return complain(image.error());
  Board board(*image, {.seed = seed, .hse = options.hse});
  if (options.unprotect && !board.flash().unprotect()) {
    return complain({base::ErrorCode::kFlashProtected, "read protection level 2 is for good", options.image, {}});
  }
  if (!options.firmware.empty()) {
    if (const auto flashed = board.flash_elf(options.firmware); !flashed) return complain(flashed.error());
  }
  if (options.flash_only) return kExitEnded;
  auto line = PtyLink::open(options.link);
  if (!line) return complain(line.error());
  std::cerr << "virtual-board: line " << (options.link.empty() ? line->path() : options.link) << ", seed " << seed
            << std::endl;

  if (options.cut_at) board.flash().cut_at(*options.cut_at, options.cut);
  board.power_on();
  const Time start = board.now();
  const auto log = [](const std::string& text) { std::cerr << "virtual-board: " + text + "\n"; };
  const End end = Session(board, *line, options.pace, g_requests, unblocked, log).run(options.run_for);
  line->drain();

  RunSummary summary{
      .end = "ended", .seed = seed, .baud = board.baud(), .lost = line->lost(), .ran = board.now() - start};
  int exit_code = kExitEnded;
  if (end == End::kLockup) {
    summary.end = "lockup";
    summary.trouble = board.trouble();
    exit_code = kExitLockup;
    std::cerr << "virtual-board: lock-up: " << summary.trouble << '\n';
  } else if (end == End::kPowerCut) {
    summary.end = "power-cut";
    exit_code = kExitPowerCut;
    std::cerr << "virtual-board: the power was cut at flash operation " << *options.cut_at << '\n';
  }
  if (options.figures) std::cout << figures_json(summary, board.counters()) << std::flush;
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const ParsedOptions parsed = parse_options(argc, argv);
  if (!parsed.options) {
    (parsed.exit_code == kExitEnded ? std::cout : std::cerr) << parsed.text;
    return parsed.exit_code;
  }
  return run(*parsed.options);
}
