// The provider's official Node client drives the stand-in, unmodified. Prints one JSON object of
// what it saw; the test that starts it judges.
import Chargebee from 'chargebee';

const [port, apiKey, subscription] = process.argv.slice(2);
const site = { site: '127.0.0.1', hostSuffix: '', port: Number(port), protocol: 'http', sdkTelemetryEnabled: false };
const client = new Chargebee({ ...site, apiKey });
const seen = {};

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { status: error.http_status_code, code: error.api_error_code };
  }
}

const found = await client.subscription.retrieve(subscription);
seen.retrieved = { id: found.subscription.id, status: found.subscription.status, email: found.customer.email };

const updated = await client.subscription.updateForItems(subscription, { cf_domain: 'https://node.example.com' });
seen.updated = updated.subscription.cf_domain;
seen.newer = updated.subscription.resource_version > found.subscription.resource_version;

seen.listed = [];
for (let offset; ;) {
  const page = await client.subscription.list({ limit: 2, offset, status: { in: ['active', 'in_trial'] } });
  seen.listed.push(...page.list.map((each) => each.subscription.id));
  offset = page.next_offset;
  if (!offset) break;
}

seen.paused = (await client.subscription.pause(subscription, { pause_option: 'immediately' })).subscription.status;
seen.resumed = (await client.subscription.resume(subscription, { resume_option: 'immediately' })).subscription.status;
seen.cancelled = (await client.subscription.cancelForItems(subscription, { end_of_term: false })).subscription.status;
seen.reactivated = (await client.subscription.reactivate(subscription, {})).subscription.status;

const events = await client.event.list({ limit: 100, event_type: { is: 'subscription_created' } });
seen.events = events.list.map((each) => each.event.content.subscription.id);
seen.event = (await client.event.retrieve(events.list[0].event.id)).event.event_type;

const rights = await client.subscriptionEntitlement.subscriptionEntitlementsForSubscription(subscription, {});
seen.entitlements = rights.list.map((each) => each.subscription_entitlement.feature_id);

const page = await client.hostedPage.checkoutNewForItems({
  subscription_items: [{ item_price_id: 'starter-USD-monthly' }],
});
seen.checkout = page.hosted_page.url;
const portal = await client.portalSession.create({ customer: { id: found.customer.id } });
seen.portal = portal.portal_session.access_url;

seen.missing = await refusal(client.subscription.retrieve('nobody'));
seen.denied = await refusal(new Chargebee({ ...site, apiKey: 'wrong' }).subscription.retrieve(subscription));
seen.wrong = await refusal(
  client.subscription.updateForItems(subscription, { subscription_items: [{ item_price_id: 'no-such-price' }] }));
console.log(JSON.stringify(seen));
