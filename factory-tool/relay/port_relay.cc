#include "factory-tool/relay/port_relay.h"

#include <algorithm>
#include <iterator>

#include "factory-tool/session/advice.h"

namespace factory {
namespace {

using base::ErrorCode;
using base::Outcome;
using protocol::RelayEvent;
using protocol::RelayOperation;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// Whatever a device asks for, its port is answered again within these.
constexpr milliseconds kConnectLimit{10'000};
constexpr milliseconds kWriteLimit{5'000};
constexpr milliseconds kReadLimit{2'000};

constexpr const char* kEventNames[] = {"already-activated", "clock-behind",   "waiting",  "connecting",
                                       "connected",         "attempt-failed", "activated"};
static_assert(std::size(kEventNames) == static_cast<size_t>(RelayEvent::kActivated) + 1);

std::string printable(base::ByteView bytes) {
  std::string text(base::as_text(bytes));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return text;
}

milliseconds at_most(uint32_t limit_ms, milliseconds most) { return std::min(milliseconds(limit_ms), most); }

}  // namespace

PortRelay::PortRelay(Link& link, Endpoint to, Notify notify)
    : link_(link),
      to_(std::move(to)),
      notify_(std::move(notify)),
      buffer_(protocol::frame_buffer_size(protocol::kMaxRelayRequestHead + protocol::kMaxRelayData)),
      decoder_(buffer_) {}

Outcome<void> PortRelay::serve_for(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return {};
    BASE_ASSIGN(const base::Bytes bytes, link_.read(left));
    bytes_received_ += bytes.size();
    for (const uint8_t byte : bytes) {
      const auto frame = decoder_.push(byte);
      // Noise, half a frame, or another protocol: the device sends again what was meant for us.
      if (!frame || !*frame || (*frame)->type != static_cast<uint8_t>(protocol::FrameType::kRelay)) continue;
      BASE_TRY(answer(**frame));
    }
  }
}

Outcome<void> PortRelay::answer(const protocol::Frame& frame) {
  heard_ = true;
  if (const base::ByteView again = replies_.repeated(frame); !again.empty()) return send(again);
  data_.clear();
  protocol::RelayRequest request;
  protocol::RelayReply reply;
  if (const auto decoded = protocol::decode(frame.payload, request); decoded) {
    reply = execute(request);
  } else {
    reply.status = static_cast<uint16_t>(decoded.error());
  }
  const auto wire = replies_.store(frame, reply);
  if (!wire) return base::failure_of(wire.error(), link_.name());
  return send(*wire);
}

// A port that takes no bytes belongs to a device that was switched off: it will ask again when it is back.
Outcome<void> PortRelay::send(base::ByteView wire) {
  auto written = link_.write(wire);
  if (!written && written.error().code == ErrorCode::kTimeout) return {};
  return written;
}

protocol::RelayReply PortRelay::execute(const protocol::RelayRequest& request) {
  ErrorCode status = ErrorCode::kOk;
  switch (request.operation) {
    case RelayOperation::kOpen:
      status = open(request);
      break;
    case RelayOperation::kTransfer:
      status = transfer(request);
      break;
    case RelayOperation::kClose:
      if (connection_ && connection_->write(request.data, kWriteLimit)) to_service_ += request.data.size();
      close();
      break;
    case RelayOperation::kLog:
      log(request);
      break;
  }
  return {static_cast<uint16_t>(status), data_};
}

ErrorCode PortRelay::open(const protocol::RelayRequest& request) {
  close();
  RelayNotice notice;
  notice.text = Endpoint{printable(request.data), static_cast<uint16_t>(request.number)}.text();
  auto connection = TcpConnection::open(to_, at_most(request.limit_ms, kConnectLimit));
  if (!connection) {
    last_problem_ = connection.error();
    notice.event = "open-failed";
    notice.error = connection.error().code;
    notice.detail = connection.error().what;
    notify_(notice);
    return connection.error().code;
  }
  connection_.emplace(*std::move(connection));
  to_service_ = to_device_ = 0;
  notice.event = "opened";
  notify_(notice);
  return ErrorCode::kOk;
}

ErrorCode PortRelay::transfer(const protocol::RelayRequest& request) {
  if (!connection_) return ErrorCode::kIo;
  if (!connection_->write(request.data, kWriteLimit)) {
    close();
    return ErrorCode::kIo;
  }
  to_service_ += request.data.size();
  if (request.number == 0) return ErrorCode::kOk;
  auto read = connection_->read(request.number, at_most(request.limit_ms, kReadLimit));
  if (!read) {
    // After an orderly end the device may still send: its last words would meet a reset otherwise.
    if (read.error() != ErrorCode::kStreamEnd) close();
    return read.error();
  }
  data_ = *std::move(read);
  to_device_ += data_.size();
  return ErrorCode::kOk;
}

void PortRelay::close() {
  if (!connection_) return;
  connection_.reset();
  RelayNotice notice;
  notice.event = "closed";
  notice.bytes_to_service = to_service_;
  notice.bytes_to_device = to_device_;
  notify_(notice);
}

void PortRelay::log(const protocol::RelayRequest& request) {
  RelayNotice notice;
  notice.event = request.event < std::size(kEventNames) ? kEventNames[request.event] : "unknown";
  notice.text = printable(request.data);
  notice.number = request.number;
  const base::Failure problem = device_failure(request.error, "first boot", link_.name());
  notice.error = problem.code;
  if (request.error == 0) {
    notice.error = ErrorCode::kOk;
  } else if (!base::is_known_error(request.error)) {
    notice.detail = problem.what;
  }
  const auto event = static_cast<RelayEvent>(request.event);
  if (event == RelayEvent::kActivated || event == RelayEvent::kAlreadyActivated) activated_ = true;
  // A failure to connect was seen here at its source; the device knows less of it.
  const bool is_ours = notice.error == ErrorCode::kConnect || notice.error == ErrorCode::kNameResolution;
  if (event == RelayEvent::kAttemptFailed && !is_ours) {
    last_problem_ = problem;
    last_problem_->what = "the device's first boot failed: " + std::string(base::error_text(notice.error)) +
                          (notice.text.empty() ? "" : ": " + notice.text);
    if (!notice.detail.empty()) last_problem_->what = notice.detail;
  }
  notify_(notice);
}

}  // namespace factory
