// Short links with counted visits: Node.js and Redis in three processes, for examples and tests.
//
//   links.js web      port 8080: / lists the links, /CODE leads to its target and notes the visit
//   links.js api      port 8081: POST /api/links {"code", "target"} with the token; GET /api/links
//   links.js worker   counts the noted visits
//
// Environment: REDIS_URL; PUBLIC_URL, the address as visitors see it; LINKS_MAX, how many there may
// be; API_TOKEN_FILE, what the API wants as bearer.
'use strict';
const fs = require('fs');
const http = require('http');
const redis = require('redis');

const escape = (text) => String(text).replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);

async function connect() {
  const client = redis.createClient({url: process.env.REDIS_URL});
  client.on('error', (error) => console.error(`redis: ${error.message}`));
  await client.connect();
  return client;
}

function serve(port, answer) {
  const server = http.createServer(async (request, response) => {
    const {status = 200, headers = {}, body = ''} = await answer(request).catch((error) => {
      console.error(error.message);
      return {status: 500, body: 'internal error\n'};
    });
    response.writeHead(status, headers).end(body);
  });
  server.listen(port);
  process.on('SIGTERM', () => process.exit(0));
}

async function readBody(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}

async function web() {
  const store = await connect();
  serve(8080, async (request) => {
    const code = decodeURIComponent(request.url.slice(1));
    if (code === 'healthz') return {body: await store.ping()};
    const target = code && (await store.hGet('targets', code));
    if (target) {
      await store.lPush('visits', code);
      return {status: 302, headers: {Location: target}};
    }
    if (code) return {status: 404, body: 'no such link\n'};
    const links = Object.entries(await store.hGetAll('targets'));
    const items = links.map(([name, to]) => `<li>${escape(process.env.PUBLIC_URL)}/${escape(name)}: ${escape(to)}</li>`);
    const body = `<!doctype html><title>Links</title><h1>${links.length} of ${process.env.LINKS_MAX} links</h1>` +
        `<ul>${items.join('')}</ul>`;
    return {headers: {'Content-Type': 'text/html; charset=utf-8'}, body};
  });
}

async function api() {
  const store = await connect();
  const token = fs.readFileSync(process.env.API_TOKEN_FILE, 'utf8').trim();
  serve(8081, async (request) => {
    if (request.url === '/api/healthz') return {body: await store.ping()};
    if (request.url !== '/api/links') return {status: 404};
    if (request.headers.authorization !== `Bearer ${token}`) return {status: 401, body: 'a token is wanted\n'};
    if (request.method === 'POST') {
      const {code, target} = await readBody(request);
      if ((await store.hLen('targets')) >= Number(process.env.LINKS_MAX)) return {status: 402, body: 'all links are used\n'};
      await store.hSet('targets', code, target);
      return {status: 201};
    }
    const [targets, counts] = await Promise.all([store.hGetAll('targets'), store.hGetAll('counts')]);
    const links = Object.entries(targets).map(([code, target]) => ({code, target, visits: Number(counts[code] || 0)}));
    return {headers: {'Content-Type': 'application/json'}, body: JSON.stringify(links)};
  });
}

async function worker() {
  const store = await connect();
  process.on('SIGTERM', () => process.exit(0));
  for (;;) {
    const visit = await store.brPop('visits', 0);
    await store.hIncrBy('counts', visit.element, 1);
  }
}

const roles = {web, api, worker};
roles[process.argv[2]]().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
