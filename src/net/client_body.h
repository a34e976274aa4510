// What a client's answer leaves behind when it is not read whole: a body to be read over time, or a
// connection that has left HTTP.
#pragma once

#include <memory>
#include <string>

#include "net/byte_stream.h"
#include "net/client_pool.h"
#include "net/http.h"
#include "net/wire.h"

namespace kl::net {

// Keeps the connection when the answer has ended in order, else closes it.
void ReleaseAfter(ClientPool& pool, std::shared_ptr<ByteStream> stream,
                  const ResponseParser& parser);

// `first`: what of the body has been parsed already.
std::unique_ptr<BodyReader> MakeStreamedBody(std::shared_ptr<ClientPool> pool,
                                             std::shared_ptr<ByteStream> stream,
                                             std::unique_ptr<ResponseParser> parser,
                                             std::string first);

// `address`: named in errors.
std::unique_ptr<Duplex> MakeUpgraded(std::shared_ptr<ByteStream> stream, std::string address);

}  // namespace kl::net
