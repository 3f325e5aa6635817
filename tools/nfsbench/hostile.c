/* hostile: peers that an NFS server must survive, for as long as it runs.
 *
 *   cc -O2 -o hostile hostile.c
 *   hostile PORT CONNECTIONS HANDLE-IN-HEX
 *
 * Connections to 127.0.0.1 from fifty loopback addresses, one of five kinds each:
 *
 *   0  sends garbage                           3  begins a record and stops in its head
 *   1  sends most of a record of 1 MiB         4  asks 100 times for the first MiB of the file HANDLE,
 *   2  announces 2 GiB in one fragment            and reads nothing
 *
 * What the server closes comes back, at most 1,000 times a second in all. Prints "ready" when all have
 * been open once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 5, ADDRESSES = 50, TURN_MS = 1, BACK_A_TURN = 1, BAD_BYTES = 1000000, READS = 100 };

struct peer { int fd, kind, number; size_t sent; };

static unsigned char bytes[KINDS][BAD_BYTES];
static size_t lengths[KINDS];
static int port, poller;

static void die(const char *what) { perror(what); exit(1); }

static size_t put(unsigned char *at, uint32_t word)
{
  word = htonl(word);
  memcpy(at, &word, 4);
  return 4;
}

/* READ of 1 MiB from the start, as user 0. */
static size_t put_read(unsigned char *at, uint32_t xid, const unsigned char *handle, size_t handle_length)
{
  size_t n = 4;
  const uint32_t head[] = { xid, 0, 2, 100003, 3, 6, 1, 20, 0, 0, 0, 0, 0, 0, 0 };
  for (size_t i = 0; i < sizeof head / sizeof *head; i++) n += put(at + n, head[i]);
  n += put(at + n, handle_length);
  memcpy(at + n, handle, handle_length);
  n += handle_length;
  n += put(at + n, 0);
  n += put(at + n, 0);
  n += put(at + n, 1 << 20);
  put(at, 0x80000000u | (n - 4));
  return n;
}

static void prepare(const char *hex)
{
  unsigned char handle[64];
  size_t handle_length = strlen(hex) / 2;
  if (handle_length == 0 || handle_length > sizeof handle || handle_length % 4) { fputs("bad handle\n", stderr); exit(1); }
  for (size_t i = 0; i < handle_length; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) { fputs("bad handle\n", stderr); exit(1); }
    handle[i] = byte;
  }
  for (size_t i = 0; i < 4096; i++) bytes[0][i] = rand();
  lengths[0] = 4096;
  put(bytes[1], 0x80100000u);
  lengths[1] = BAD_BYTES;
  put(bytes[2], 0xffffffffu);
  lengths[2] = 1000;
  put(bytes[3], 0x80000100u);
  lengths[3] = 100;
  for (uint32_t i = 0; i < READS; i++) lengths[4] += put_read(bytes[4] + lengths[4], i, handle, handle_length);
}

static void watch(struct peer *p, int operation)
{
  struct epoll_event event = { .events = EPOLLRDHUP, .data.ptr = p };
  if (p->sent < lengths[p->kind]) event.events |= EPOLLOUT;
  /* What is closed shows as an end of input; kind 4 leaves its input where it is. */
  if (p->kind != 4) event.events |= EPOLLIN;
  if (epoll_ctl(poller, operation, p->fd, &event)) die("epoll_ctl");
}

static void open_peer(struct peer *p)
{
  struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET, .sin_port = htons(port) };
  int small = 4096, one = 1;
  from.sin_addr.s_addr = htonl(0x7f000100u + p->number / KINDS % ADDRESSES);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (p->fd < 0) die("socket");
  p->sent = 0;
  setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(p->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(p->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
  if (connect(p->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
  watch(p, EPOLL_CTL_ADD);
}

static void close_peer(struct peer *p)
{
  close(p->fd);
  p->fd = -1;
}

static void serve(struct peer *p, uint32_t events)
{
  char input[4096];
  if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) { close_peer(p); return; }
  if (events & EPOLLIN) {
    ssize_t n = recv(p->fd, input, sizeof input, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) { close_peer(p); return; }
  }
  if (events & EPOLLOUT) {
    ssize_t n = send(p->fd, bytes[p->kind] + p->sent, lengths[p->kind] - p->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) { close_peer(p); return; }
    if (n > 0) p->sent += n;
    if (p->sent == lengths[p->kind]) watch(p, EPOLL_CTL_MOD);
  }
}

int main(int argc, char **argv)
{
  if (argc != 4) { fputs("usage: hostile PORT CONNECTIONS HANDLE-IN-HEX\n", stderr); return 1; }
  port = atoi(argv[1]);
  int count = atoi(argv[2]), first = 0;
  prepare(argv[3]);
  struct rlimit files = { count + 100, count + 100 };
  if (setrlimit(RLIMIT_NOFILE, &files) && count > 900) die("setrlimit");
  struct peer *peers = calloc(count, sizeof *peers);
  poller = epoll_create1(0);
  if (!peers || poller < 0) die("epoll_create1");
  for (int i = 0; i < count; i++) peers[i] = (struct peer) { .fd = -1, .kind = i % KINDS, .number = i };
  for (int next = 0;;) {
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (int seen = 0, opened = 0; seen < count && opened < BACK_A_TURN; seen++, next = (next + 1) % count)
      if (peers[next].fd < 0) { open_peer(&peers[next]); opened++; first++; }
    if (first >= count) { first = INT32_MIN; puts("ready"); fflush(stdout); }
    for (int left = TURN_MS; left > 0;) {
      struct epoll_event events[256];
      int n = epoll_wait(poller, events, 256, left);
      for (int i = 0; i < n; i++) serve(events[i].data.ptr, events[i].events);
      clock_gettime(CLOCK_MONOTONIC, &ended);
      left = TURN_MS - ((ended.tv_sec - begun.tv_sec) * 1000 + (ended.tv_nsec - begun.tv_nsec) / 1000000);
    }
  }
}
