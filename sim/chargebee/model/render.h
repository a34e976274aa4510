// Resources as the API writes them (JSON text). Attributes without a value are left out.
#pragma once

#include <string>

#include "sim/chargebee/model/catalog.h"
#include "sim/chargebee/model/types.h"

namespace kl::chargebee_sim {

std::string RenderSubscription(const Subscription& subscription);
std::string RenderCustomer(const Customer& customer);
std::string RenderInvoice(const Invoice& invoice);
std::string RenderEvent(const Event& event);
std::string RenderEntitlement(const Subscription& subscription, const EffectiveEntitlement& one);
std::string RenderItem(const Item& item, const Catalog& catalog);
std::string RenderItemPrice(const ItemPrice& price, const Catalog& catalog);
std::string RenderFeature(const Feature& feature);
std::string RenderEndpoint(const WebhookEndpoint& endpoint);
std::string RenderError(const ApiError& error);

}  // namespace kl::chargebee_sim
