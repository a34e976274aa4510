// RunTask(loop, [&]() -> Task<T> {...}): drives `loop` until the task ends and returns its value.
#pragma once

#include <optional>
#include <type_traits>

#include "base/task.h"
#include "net/io_loop.h"

namespace kl::net {

template <class T>
T RunTaskToEnd(IoLoop& loop, Task<T> task) {
  TaskScope scope(loop);
  if constexpr (std::is_void_v<T>) {
    scope.Spawn([](Task<void> t, IoLoop& l) -> Task<void> {
      co_await std::move(t);
      l.Stop();
    }(std::move(task), loop));
    loop.Run();
  } else {
    std::optional<T> out;
    scope.Spawn([](Task<T> t, IoLoop& l, std::optional<T>& o) -> Task<void> {
      o.emplace(co_await std::move(t));
      l.Stop();
    }(std::move(task), loop, out));
    loop.Run();
    return std::move(*out);
  }
}

template <class Fn>
auto RunTask(IoLoop& loop, Fn make_task) {
  return RunTaskToEnd(loop, make_task());
}

}  // namespace kl::net
