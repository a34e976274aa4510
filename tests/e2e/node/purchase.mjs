// A customer in a real browser. One command, JSON on standard output; the test that starts it judges.
//
//   node purchase.mjs buy CHROMIUM SHOP PLAN EMAIL          -> {"thanks": address after the purchase}
//   node purchase.mjs open CHROMIUM SHOP OUTBOX_EMAIL       -> {"link": the mail's link, "title": of its page}
//   node purchase.mjs publish CHROMIUM SITE PASSWORD TITLE  -> {"post": address of the new post}
//   node purchase.mjs read CHROMIUM ADDRESS                 -> {"status": ..., "text": ...}
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

async function buy(page, shop, plan, email) {
  await page.goto(shop);
  await page.locator(`a[href*="/buy/${plan}"]`).first().click();
  await page.locator('[name=email]').fill(email);
  await page.locator('[name=first_name]').fill('Jane');
  await page.locator('[name=last_name]').fill('Doe');
  await page.locator('[name=card_number]').fill('4242 4242 4242 4242');
  await page.locator('[name=card_expiry]').fill('12 / 34');
  await page.locator('[name=card_cvc]').fill('123');
  await page.locator('form button[type=submit], form input[type=submit], form button').last().click();
  await page.waitForURL(/thank-you/);
  return { thanks: page.url() };
}

async function open(page, shop) {
  await page.goto(`${shop}/outbox`);
  const link = page.locator('a[href^="https://"]').first();
  const address = await link.getAttribute('href');
  const answer = await page.goto(address);
  return { link: address, status: answer.status(), title: await page.title() };
}

async function publish(page, site, password, title) {
  await page.goto(`${site}/wp-login.php`);
  await page.locator('#user_login').fill('admin');
  await page.locator('#user_pass').fill(password);
  await page.locator('#wp-submit').click();
  await page.waitForURL(/wp-admin/);
  await page.goto(`${site}/wp-admin/post-new.php`);
  await page.waitForFunction(() => window.wp?.apiFetch && window.wp?.data);
  // The editor's own call, with the editor's own session and nonce.
  const post = await page.evaluate((wanted) => window.wp.apiFetch({
    path: '/wp/v2/posts', method: 'POST', data: { title: wanted, content: 'written in a browser', status: 'publish' },
  }), title);
  return { post: post.link };
}

async function read(page, address) {
  const answer = await page.goto(address);
  return { status: answer.status(), text: await page.locator('body').innerText() };
}

const [verb, executablePath, ...rest] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'kl-browser-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath, headless: true, args: flags, ignoreHTTPSErrors: true, timeout: 60000,
});
try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(45000);
  console.log(JSON.stringify(await { buy, open, publish, read }[verb](page, ...rest)));
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
