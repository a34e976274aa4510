// A web server of one file for tests and examples: an application that starts at once, can be told
// to misbehave, and reports what its limits did to it.
//
// Environment
//   PORT            port to listen on, default 8080
//   TITLE           named on the front page, default "Tiny"
//   START_DELAY_MS  /healthz answers 503 until so long after the start; negative: for ever
//
// Paths (parameters are URL-encoded)
//   /                       a page with TITLE and the host name
//   /healthz[?ok=0|1]       200 or 503; `ok` overrides the answer from then on
//   /env?k=NAME             value of an environment variable, 404 if there is none
//   /headers                the request as it arrived
//   /read?path=P            the content of a file, at most 1 MiB
//   /append?path=P&text=T   appends T, synced to disk; answers the new size
//   /write?mb=N&path=P      writes N MiB; 507 and the errno's text when the disk says no
//   /alloc?mb=N             takes N MiB of memory and keeps it
//   /spin?s=S               burns S seconds; answers wall and cpu milliseconds
//   /exit?code=C            ends the process
//
// `tiny probe` is a health check for containers without a shell: 0 if /healthz answers 200.
// `tiny keep NAME PATH` writes the value of the environment variable NAME to PATH, and repeats it
// on standard output as careless programs do: a command for new credentials. Every request is one
// line on standard output. One thread per connection; no keep-alive.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kRequestBytesMax = 16 * 1024, kBodyBytesMax = 1 << 20, kMebibyte = 1 << 20 };

typedef struct {
  int socket;
  char text[kRequestBytesMax];  // the head as it arrived, kept for /headers
  char method[16];
  char path[1024];
  char query[4096];
} Request;

typedef struct {
  int status;
  const char* type;
  char* body;  // owned
  size_t size;
} Response;

typedef enum { kByTime, kForcedDown, kForcedUp } Health;

static struct timespec g_started;
static long g_start_delay_ms;
static _Atomic Health g_health = kByTime;

static long MillisSince(clockid_t clock, struct timespec from) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (now.tv_sec - from.tv_sec) * 1000 + (now.tv_nsec - from.tv_nsec) / 1000000;
}

static const char* EnvOr(const char* name, const char* fallback) {
  const char* value = getenv(name);
  return value != NULL && *value != '\0' ? value : fallback;
}

__attribute__((format(printf, 2, 3))) static Response Text(int status, const char* format, ...) {
  Response response = {.status = status, .type = "text/plain; charset=utf-8"};
  va_list arguments;
  va_start(arguments, format);
  int size = vasprintf(&response.body, format, arguments);
  va_end(arguments);
  if (size < 0) response.body = NULL;
  response.size = size < 0 ? 0 : (size_t)size;
  return response;
}

static int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void UrlDecode(const char* from, size_t size, char* to, size_t capacity) {
  size_t used = 0;
  for (size_t i = 0; i < size && used + 1 < capacity; ++i) {
    char c = from[i];
    if (c == '+') c = ' ';
    if (c == '%' && i + 2 < size && HexDigit(from[i + 1]) >= 0 && HexDigit(from[i + 2]) >= 0) {
      c = (char)(HexDigit(from[i + 1]) * 16 + HexDigit(from[i + 2]));
      i += 2;
    }
    to[used++] = c;
  }
  to[used] = '\0';
}

// The decoded value of parameter `name` in `to`; false (and an empty `to`) if it is absent.
static bool Parameter(const Request* request, const char* name, char* to, size_t capacity) {
  size_t name_size = strlen(name);
  for (const char* at = request->query; *at != '\0';) {
    size_t size = strcspn(at, "&");
    if (size > name_size && at[name_size] == '=' && strncmp(at, name, name_size) == 0) {
      UrlDecode(at + name_size + 1, size - name_size - 1, to, capacity);
      return true;
    }
    at += size;
    if (*at == '&') ++at;
  }
  to[0] = '\0';
  return false;
}

static double NumberParameter(const Request* request, const char* name) {
  char value[32];
  Parameter(request, name, value, sizeof value);
  return strtod(value, NULL);
}

static char* EscapeHtml(const char* from) {
  char* to = malloc(strlen(from) * 5 + 1);
  char* at = to;
  for (; to != NULL && *from != '\0'; ++from) {
    switch (*from) {
      case '<': at = stpcpy(at, "&lt;"); break;
      case '&': at = stpcpy(at, "&amp;"); break;
      default: *at++ = *from;
    }
  }
  if (to != NULL) *at = '\0';
  return to;
}

static Response FrontPage(const Request* request) {
  (void)request;
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  char* title = EscapeHtml(EnvOr("TITLE", "Tiny"));
  Response response = Text(200,
                           "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                           "<title>%s</title></head><body><h1>%s</h1>"
                           "<p>This instance is called <code>%s</code>.</p></body></html>\n",
                           title, title, host);
  response.type = "text/html; charset=utf-8";
  free(title);
  return response;
}

static bool Healthy(void) {
  if (g_health != kByTime) return g_health == kForcedUp;
  return g_start_delay_ms >= 0 && MillisSince(CLOCK_MONOTONIC, g_started) >= g_start_delay_ms;
}

static Response HealthPage(const Request* request) {
  char ok[8];
  if (Parameter(request, "ok", ok, sizeof ok)) g_health = ok[0] == '0' ? kForcedDown : kForcedUp;
  return Healthy() ? Text(200, "ok\n") : Text(503, "not ready\n");
}

static Response EnvPage(const Request* request) {
  char name[256];
  Parameter(request, "k", name, sizeof name);
  const char* value = getenv(name);
  return value != NULL ? Text(200, "%s", value) : Text(404, "no variable %s\n", name);
}

static Response HeadersPage(const Request* request) { return Text(200, "%s", request->text); }

static Response DiskError(const char* what, const char* path, long long done) {
  int error = errno;
  int status = error == ENOENT ? 404 : 507;
  return Text(status, "%s %s: %s: %s after %lld bytes\n", what, path, strerrorname_np(error),
              strerror(error), done);
}

static Response ReadPage(const Request* request) {
  char path[1024];
  Parameter(request, "path", path, sizeof path);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return DiskError("read", path, 0);
  Response response = {.status = 200, .type = "text/plain; charset=utf-8"};
  response.body = malloc(kBodyBytesMax);
  ssize_t got = 0;
  while (response.body != NULL && response.size < kBodyBytesMax &&
         (got = read(file, response.body + response.size, kBodyBytesMax - response.size)) > 0) {
    response.size += (size_t)got;
  }
  close(file);
  return response;
}

static Response AppendPage(const Request* request) {
  char path[1024];
  char text[4096];
  Parameter(request, "path", path, sizeof path);
  Parameter(request, "text", text, sizeof text);
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return DiskError("append", path, 0);
  struct stat status = {0};
  bool good = write(file, text, strlen(text)) == (ssize_t)strlen(text) && fsync(file) == 0 &&
              fstat(file, &status) == 0;
  Response response =
      good ? Text(200, "%lld\n", (long long)status.st_size) : DiskError("append", path, 0);
  close(file);
  return response;
}

static Response WritePage(const Request* request) {
  char path[1024];
  if (!Parameter(request, "path", path, sizeof path)) return Text(400, "path is missing\n");
  long long wanted = (long long)(NumberParameter(request, "mb") * kMebibyte);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return DiskError("write", path, 0);
  char* block = malloc(kMebibyte);
  // Not zeros: a compressing or sparse file system would store them in no space.
  for (int i = 0; block != NULL && i < kMebibyte; ++i) block[i] = (char)rand();
  long long done = 0;
  ssize_t put = 0;
  while (done < wanted && (put = write(file, block, kMebibyte)) > 0) done += put;
  bool good = put >= 0 && fsync(file) == 0;
  Response response = good ? Text(200, "wrote %lld bytes\n", done) : DiskError("write", path, done);
  free(block);
  close(file);
  return response;
}

static Response AllocPage(const Request* request) {
  size_t bytes = (size_t)(NumberParameter(request, "mb") * kMebibyte);
  char* memory = malloc(bytes);
  if (memory == NULL) return Text(507, "cannot have %zu bytes\n", bytes);
  // Touched with varying bytes, or the kernel would lend one shared page of zeros.
  for (size_t i = 0; i < bytes; i += 512) memory[i] = (char)(i >> 9 | 1);
  return Text(200, "took %zu bytes\n", bytes);  // kept on purpose: the limit is what is tested
}

static Response SpinPage(const Request* request) {
  long wanted_ms = (long)(NumberParameter(request, "s") * 1000);
  struct timespec wall_start;
  struct timespec cpu_start;
  clock_gettime(CLOCK_MONOTONIC, &wall_start);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_start);
  long wall_ms = 0;
  while ((wall_ms = MillisSince(CLOCK_MONOTONIC, wall_start)) < wanted_ms) {
    for (volatile int i = 0; i < 100000; ++i) {
    }
  }
  return Text(200, "{\"wall_ms\": %ld, \"cpu_ms\": %ld}\n", wall_ms,
              MillisSince(CLOCK_THREAD_CPUTIME_ID, cpu_start));
}

static Response ExitPage(const Request* request) {
  printf("exit on request\n");
  fflush(stdout);
  _exit((int)NumberParameter(request, "code"));
}

static const struct {
  const char* path;
  Response (*page)(const Request*);
} kPages[] = {
    {"/", FrontPage},    {"/healthz", HealthPage}, {"/env", EnvPage},     {"/headers", HeadersPage},
    {"/read", ReadPage}, {"/append", AppendPage},  {"/write", WritePage}, {"/alloc", AllocPage},
    {"/spin", SpinPage}, {"/exit", ExitPage},
};

static Response Dispatch(const Request* request) {
  for (size_t i = 0; i < sizeof kPages / sizeof kPages[0]; ++i) {
    if (strcmp(kPages[i].path, request->path) == 0) return kPages[i].page(request);
  }
  return Text(404, "no page %s\n", request->path);
}

// Reads up to the blank line that ends the head; false if the peer went away or sent too much.
static bool ReadHead(Request* request) {
  size_t used = 0;
  while (used + 1 < sizeof request->text) {
    ssize_t got = recv(request->socket, request->text + used, sizeof request->text - 1 - used, 0);
    if (got <= 0) return false;
    used += (size_t)got;
    request->text[used] = '\0';
    if (strstr(request->text, "\r\n\r\n") != NULL) return true;
  }
  return false;
}

static bool ParseTarget(Request* request) {
  char target[sizeof request->query];
  if (sscanf(request->text, "%15s %4095s", request->method, target) != 2) return false;
  size_t path_size = strcspn(target, "?");
  UrlDecode(target, path_size, request->path, sizeof request->path);
  const char* query = target[path_size] == '?' ? target + path_size + 1 : "";
  snprintf(request->query, sizeof request->query, "%s", query);
  return true;
}

static bool SendAll(int socket, const char* bytes, size_t size) {
  while (size > 0) {
    ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

static void SendResponse(const Request* request, const Response* response) {
  char head[256];
  int size = snprintf(head, sizeof head,
                      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                      "Connection: close\r\n\r\n",
                      response->status, response->status < 400 ? "OK" : "Error", response->type,
                      response->size);
  if (!SendAll(request->socket, head, (size_t)size)) return;
  if (strcmp(request->method, "HEAD") == 0) return;
  SendAll(request->socket, response->body, response->size);
}

static void* Serve(void* argument) {
  Request* request = argument;
  struct timespec begun;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  if (ReadHead(request) && ParseTarget(request)) {
    Response response = Dispatch(request);
    // Logged before it is sent: who has the answer finds the line.
    printf("%s %s %d %ldms\n", request->method, request->path, response.status,
           MillisSince(CLOCK_MONOTONIC, begun));
    SendResponse(request, &response);
    free(response.body);
  }
  shutdown(request->socket, SHUT_WR);
  close(request->socket);
  free(request);
  return NULL;
}

static void ServeInThread(int socket) {
  Request* request = calloc(1, sizeof *request);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  if (request != NULL) request->socket = socket;
  if (request == NULL || pthread_create(&thread, &attributes, Serve, request) != 0) {
    free(request);
    close(socket);
  }
  pthread_attr_destroy(&attributes);
}

static struct sockaddr_in Address(in_addr_t host) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(EnvOr("PORT", "8080"))),
                              .sin_addr.s_addr = htonl(host)};
}

static int Probe(void) {
  struct sockaddr_in address = Address(INADDR_LOOPBACK);
  struct timeval timeout = {.tv_sec = 2};
  const char ask[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  char answer[64] = "";
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  bool good = connect(server, (struct sockaddr*)&address, sizeof address) == 0 &&
              SendAll(server, ask, sizeof ask - 1) &&
              recv(server, answer, sizeof answer - 1, 0) > 0;
  return good && strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : 1;
}

static int Keep(const char* name, const char* path) {
  const char* value = EnvOr(name, "");
  FILE* file = fopen(path, "w");
  bool good = file != NULL && fputs(value, file) >= 0;
  if (file != NULL && fclose(file) != 0) good = false;
  printf("keeping %s: %s\n", value, good ? "done" : strerror(errno));
  return good ? 0 : 1;
}

static void End(int signal_number) {
  (void)signal_number;
  _exit(0);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "probe") == 0) return Probe();
  if (argc == 4 && strcmp(argv[1], "keep") == 0) return Keep(argv[2], argv[3]);
  clock_gettime(CLOCK_MONOTONIC, &g_started);
  g_start_delay_ms = atol(EnvOr("START_DELAY_MS", "0"));
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  // Process 1 of a container ignores what it does not handle, so stopping would take its whole
  // grace period.
  signal(SIGTERM, End);
  signal(SIGINT, End);
  int one = 1;
  struct sockaddr_in address = Address(INADDR_ANY);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
    fprintf(stderr, "tiny: port %d: %s\n", ntohs(address.sin_port), strerror(errno));
    return 1;
  }
  printf("tiny: listening on port %d\n", ntohs(address.sin_port));
  for (;;) {
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection >= 0) ServeInThread(connection);
  }
}
