// Customers and invoices.
#include "sim/chargebee/api.h"
#include "sim/chargebee/model/json_text.h"
#include "sim/chargebee/model/render.h"

namespace kl::chargebee_sim {
namespace {

ApiAnswer CustomerAnswer(const Customer& customer) {
  return {200, JsonObject().Raw("customer", RenderCustomer(customer)).str()};
}

ApiAnswer CustomerAnswer(const ApiResult<const Customer*>& result) {
  return result ? CustomerAnswer(**result) : ApiFailure(result.error());
}

ApiAnswer List(const ApiCall& call) {
  auto request = ReadListRequest(call.params, {"id", "email", "created_at", "updated_at"});
  if (!request) return ApiFailure(request.error());
  auto page = call.site.ListCustomers(*request);
  std::vector<std::string> entries;
  for (const Customer* c : page.items) {
    entries.push_back(JsonObject().Raw("customer", RenderCustomer(*c)).str());
  }
  return {200, ListBody(entries, page.next_offset)};
}

ApiAnswer Retrieve(const ApiCall& call) {
  const Customer* customer = call.site.FindCustomer(call.args[0]);
  if (!customer || customer->deleted) {
    return ApiFailure(NotFound("customer", call.args[0]).error());
  }
  return CustomerAnswer(*customer);
}

std::map<std::string, std::string> PlainFields(const Params& params) {
  return {params.all().begin(), params.all().end()};
}

ApiAnswer Create(const ApiCall& call) {
  Customer customer = ReadCustomer(PlainFields(call.params));
  if (call.site.FindCustomer(customer.id)) {
    return ApiFailure({400, "invalid_request", "duplicate_entry",
                       "The value " + customer.id + " is already present", "id"});
  }
  return CustomerAnswer(call.site.CreateCustomer(std::move(customer), call.origin));
}

ApiAnswer Update(const ApiCall& call) {
  return CustomerAnswer(
      call.site.UpdateCustomer(call.args[0], PlainFields(call.params), call.origin));
}

ApiAnswer Delete(const ApiCall& call) {
  return CustomerAnswer(call.site.DeleteCustomer(call.args[0], call.origin));
}

ApiAnswer RetrieveInvoice(const ApiCall& call) {
  const Invoice* invoice = call.site.FindInvoice(call.args[0]);
  if (!invoice) return ApiFailure(NotFound("invoice", call.args[0]).error());
  return {200, JsonObject().Raw("invoice", RenderInvoice(*invoice)).str()};
}

}  // namespace

void AddCustomerCalls(ApiRouter& r) {
  r.Add("GET", "customers", List);
  r.Add("POST", "customers", Create);
  r.Add("GET", "customers/{}", Retrieve);
  r.Add("POST", "customers/{}", Update);
  r.Add("POST", "customers/{}/delete", Delete);
  r.Add("GET", "invoices/{}", RetrieveInvoice);
}

}  // namespace kl::chargebee_sim
