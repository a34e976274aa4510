// The definitions of test_support.h that need SQLite.
#include "adapters/store_sqlite/test_support.h"

#include "adapters/store_sqlite/connection.h"

namespace kl::sqlite::testing {

void DatabaseTest::Sql(const std::string& script) {
  database_.reset();
  auto connection = Connection::Open(Where().path, OpenMode::kReadWrite);
  ASSERT_TRUE(connection) << connection.error().message;
  const Status done = connection->Execute(script);
  ASSERT_TRUE(done) << done.error().message;
}

}  // namespace kl::sqlite::testing
