/* nfsbench: an NFSv3 load generator on libnfs, the same for every server.
 *
 *   cc -O2 -o nfsbench nfsbench.c -lnfs        (Debian: gcc, libnfs-dev)
 *   nfsbench -p PORT -m MOUNTPORT -e EXPORT -t TEST [-d DEPTH] [-c CONNECTIONS] [-s SECONDS]
 *            [-S FILE-BYTES] [-b BYTES-A-CALL] [-n COUNT] [-H HOST] [-f NAME] [-o OFFSET]
 *
 * It speaks raw calls (no client cache helps), keeps DEPTH of them in flight on each
 * connection for SECONDS, and prints one line of JSON: calls per second, MB/s, and the
 * p50, p99 and p999 latency in microseconds. It works in a directory of its own; with -f, on
 * the file NAME at the top of the export, as it is: on FILE-BYTES of it from OFFSET on.
 *
 *   null      NULL                          getattr   GETATTR of one file
 *   lookup    LOOKUP, random of N files     access    ACCESS of one file
 *   read      READ, sequential              randread  READ, random offsets
 *   pass      READ of the whole file, once, sequential, not read before
 *   write     WRITE UNSTABLE, then COMMIT   syncwrite WRITE FILE_SYNC, random offsets
 *   create    CREATE of new names           remove    REMOVE of the N names that it created first
 *   mkrm      CREATE then REMOVE, one name a slot, over and over
 *   list      READDIRPLUS of a directory of N files, over and over (calls = entries)
 *   fill      CREATE of N names, then READDIRPLUS of them all, once (calls = names)
 *   put       WRITE UNSTABLE, sequential, once, bytes that never repeat, then COMMIT
 *   scatter   N WRITEs UNSTABLE, spread evenly, once, then COMMIT
 *   handle    no calls: prints the handle of the file in hexadecimal, and no JSON
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

struct handle { unsigned len; char val[64]; };

struct conn;

/* One call in flight at a time. */
struct slot {
  struct conn *conn;
  double issued_at;
  int created;          /* mkrm: the name exists, so that REMOVE is next */
  char name[64];
  cookie3 cookie;
  char verf[8];
  uint64_t *fresh;      /* put: the bytes of its call */
};

struct conn { struct rpc_context *rpc; struct slot *slots; };

typedef int (*issue_fn)(struct slot *, uint64_t seq);

static const char *host = "127.0.0.1", *export_path = "/", *existing;
static int port = 2049, mount_port, depth = 8, conn_count = 1;
static uint64_t file_count = 1000, file_size = 256ull << 20, io_size = 1 << 20, file_offset;
static double seconds = 5;

static struct conn *conns;
static struct handle root, dir, file;

/* The running load. */
static issue_fn issue_one;
static uint64_t next_seq, seq_limit, in_flight, calls, bytes, errors;
static int stopping, first_error;
static char *payload;

/* Latencies: one cell a microsecond, up to ten seconds. */
#define CELLS 10000000u
static uint32_t *histogram;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
  fprintf(stderr, "nfsbench: %s\n", what);
  exit(2);
}

static void die_status(const char *what, int status)
{
  fprintf(stderr, "nfsbench: %s: status %d\n", what, status);
  exit(2);
}

static uint64_t random_state = 88172645463325252ull;
static uint64_t next_random(void)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static nfs_fh3 wire(struct handle *h)
{
  nfs_fh3 w;
  w.data.data_len = h->len;
  w.data.data_val = h->val;
  return w;
}

static void keep(struct handle *to, unsigned len, const char *val)
{
  if (len > sizeof to->val) die("a handle is too long");
  to->len = len;
  memcpy(to->val, val, len);
}

static void turn(int milliseconds)
{
  struct pollfd p[256];
  for (int i = 0; i < conn_count; i++) {
    p[i].fd = rpc_get_fd(conns[i].rpc);
    p[i].events = rpc_which_events(conns[i].rpc);
    p[i].revents = 0;
  }
  if (poll(p, conn_count, milliseconds) < 0 && errno != EINTR) die("poll");
  for (int i = 0; i < conn_count; i++)
    if (p[i].revents && rpc_service(conns[i].rpc, p[i].revents) < 0) die(rpc_get_error(conns[i].rpc));
}

/* ---- one call at a time, for the set-up ---- */

static int answered, answer_status, answer_has_handle;
static struct handle answer;

static void wait_for_answer(int queued)
{
  if (queued) die(rpc_get_error(conns[0].rpc));
  while (!answered) turn(1000);
  answered = 0;
}

static void on_connected(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  if (status) die(data ? (char *)data : "cannot connect");
  answered = 1;
}

static void on_mounted(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  mountres3 *r = data;
  if (status) die("the MOUNT call failed");
  if (r->fhs_status) die_status("MOUNT", r->fhs_status);
  keep(&answer, r->mountres3_u.mountinfo.fhandle.fhandle3_len, r->mountres3_u.mountinfo.fhandle.fhandle3_val);
  answered = 1;
}

static void keep_optional(const post_op_fh3 *h)
{
  answer_has_handle = h->handle_follows;
  if (h->handle_follows)
    keep(&answer, h->post_op_fh3_u.handle.data.data_len, h->post_op_fh3_u.handle.data.data_val);
}

static void on_created(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  CREATE3res *r = data;
  if (status) die("the CREATE call failed");
  answer_status = r->status;
  if (!r->status) keep_optional(&r->CREATE3res_u.resok.obj);
  answered = 1;
}

static void on_directory_made(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  MKDIR3res *r = data;
  if (status) die("the MKDIR call failed");
  answer_status = r->status;
  if (!r->status) keep_optional(&r->MKDIR3res_u.resok.obj);
  answered = 1;
}

static void on_looked_up(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  LOOKUP3res *r = data;
  if (status) die("the LOOKUP call failed");
  answer_status = r->status;
  if (!r->status)
    keep(&answer, r->LOOKUP3res_u.resok.object.data.data_len, r->LOOKUP3res_u.resok.object.data.data_val);
  answered = 1;
}

static void on_committed(struct rpc_context *rpc, int status, void *data, void *user)
{
  (void)rpc; (void)user;
  COMMIT3res *r = data;
  if (status) die("the COMMIT call failed");
  if (r->status) die_status("COMMIT", r->status);
  answered = 1;
}

static void mount_export(void)
{
  struct conn one = { rpc_init_context(), NULL };
  conns = &one;
  conn_count = 1;
  wait_for_answer(rpc_connect_port_async(one.rpc, host, mount_port, MOUNT_PROGRAM, MOUNT_V3, on_connected, NULL));
  wait_for_answer(rpc_mount3_mnt_async(one.rpc, on_mounted, (char *)export_path, NULL));
  root = answer;
  rpc_destroy_context(one.rpc);
}

static void connect_all(int wanted)
{
  conns = calloc(wanted, sizeof *conns);
  for (conn_count = 0; conn_count < wanted;) {
    struct conn *c = &conns[conn_count++];
    c->rpc = rpc_init_context();
    c->slots = calloc(depth, sizeof *c->slots);
    for (int i = 0; i < depth; i++) c->slots[i].conn = c;
    wait_for_answer(rpc_connect_port_async(c->rpc, host, port, NFS_PROGRAM, NFS_V3, on_connected, NULL));
  }
}

/* A server may leave the handle of what it made out of its answer. */
static void take_made(struct handle *in, char *name, struct handle *out)
{
  if (!answer_has_handle) {
    LOOKUP3args a = { .what = { .dir = wire(in), .name = name } };
    wait_for_answer(rpc_nfs3_lookup_async(conns[0].rpc, on_looked_up, &a, NULL));
    if (answer_status) die_status("LOOKUP", answer_status);
  }
  *out = answer;
}

static void make_directory(void)
{
  char name[64];
  snprintf(name, sizeof name, "bench-%d-%ld", (int)getpid(), (long)time(NULL));
  MKDIR3args a;
  memset(&a, 0, sizeof a);
  a.where.dir = wire(&root);
  a.where.name = name;
  a.attributes.mode.set_it = 1;
  a.attributes.mode.set_mode3_u.mode = 0755;
  wait_for_answer(rpc_nfs3_mkdir_async(conns[0].rpc, on_directory_made, &a, NULL));
  if (answer_status) die_status("MKDIR", answer_status);
  take_made(&root, name, &dir);
}

static int call_create(struct rpc_context *rpc, rpc_cb done, char *name, void *user)
{
  CREATE3args a;
  memset(&a, 0, sizeof a);
  a.where.dir = wire(&dir);
  a.where.name = name;
  a.how.mode = UNCHECKED;
  a.how.createhow3_u.obj_attributes.mode.set_it = 1;
  a.how.createhow3_u.obj_attributes.mode.set_mode3_u.mode = 0644;
  return rpc_nfs3_create_async(rpc, done, &a, user);
}

static void find_file(void)
{
  LOOKUP3args a = { .what = { .dir = wire(&root), .name = (char *)existing } };
  wait_for_answer(rpc_nfs3_lookup_async(conns[0].rpc, on_looked_up, &a, NULL));
  if (answer_status) die_status("LOOKUP", answer_status);
  file = answer;
}

static void make_file(void)
{
  char name[] = "data";
  wait_for_answer(call_create(conns[0].rpc, on_created, name, NULL));
  if (answer_status) die_status("CREATE", answer_status);
  take_made(&dir, name, &file);
}

static void commit(void)
{
  COMMIT3args a = { .file = wire(&file) };
  wait_for_answer(rpc_nfs3_commit_async(conns[0].rpc, on_committed, &a, NULL));
}

/* ---- the load ---- */

static void issue(struct slot *s)
{
  uint64_t seq = next_seq;
  if (stopping || seq >= seq_limit) return;
  next_seq++;
  in_flight++;
  s->issued_at = now();
  if (issue_one(s, seq)) die(rpc_get_error(s->conn->rpc));
}

static void finish(struct slot *s, int error, uint64_t n, uint64_t byte_count)
{
  double us = (now() - s->issued_at) * 1e6;
  in_flight--;
  calls += n;
  bytes += byte_count;
  histogram[us >= CELLS ? CELLS - 1 : (uint32_t)us]++;
  if (error) {
    errors++;
    if (!first_error) first_error = error;
  }
  issue(s);
}

/* The answer to one call: RESULT is its type; the body counts it. */
#define ANSWER(name, result) \
  static void name##_counted(struct slot *s, result *r); \
  static void name(struct rpc_context *rpc, int status, void *data, void *user) \
  { \
    (void)rpc; \
    if (status) finish(user, 100000 + status, 1, 0); \
    else name##_counted(user, data); \
  } \
  static void name##_counted(struct slot *s, result *r)

ANSWER(null_done, void) { (void)r; finish(s, 0, 1, 0); }
ANSWER(getattr_done, GETATTR3res) { finish(s, r->status, 1, 0); }
ANSWER(access_done, ACCESS3res) { finish(s, r->status, 1, 0); }
ANSWER(lookup_done, LOOKUP3res) { finish(s, r->status, 1, 0); }
ANSWER(read_done, READ3res) { finish(s, r->status, 1, r->status ? 0 : r->READ3res_u.resok.count); }
ANSWER(write_done, WRITE3res) { finish(s, r->status, 1, r->status ? 0 : r->WRITE3res_u.resok.count); }
ANSWER(create_done, CREATE3res) { finish(s, r->status, 1, 0); }
ANSWER(remove_done, REMOVE3res) { finish(s, r->status, 1, 0); }

/* Counts the entries; where a listing ends, the next call begins a new one. */
static uint64_t take_page(struct slot *s, READDIRPLUS3res *r, int *ended)
{
  uint64_t n = 0;
  READDIRPLUS3resok *page = &r->READDIRPLUS3res_u.resok;
  *ended = 1;
  if (!r->status) {
    for (entryplus3 *e = page->reply.entries; e; e = e->nextentry, n++) s->cookie = e->cookie;
    memcpy(s->verf, page->cookieverf, sizeof s->verf);
    *ended = page->reply.eof || !n;
  }
  if (*ended) {
    s->cookie = 0;
    memset(s->verf, 0, sizeof s->verf);
  }
  return n;
}

ANSWER(list_done, READDIRPLUS3res)
{
  int ended;
  uint64_t n = take_page(s, r, &ended);
  finish(s, r->status, n, 0);
}

/* One whole listing: the load ends with it. */
static double first_page_us;

ANSWER(list_once_done, READDIRPLUS3res)
{
  int ended;
  if (!first_page_us) first_page_us = (now() - s->issued_at) * 1e6;
  uint64_t n = take_page(s, r, &ended);
  if (ended) stopping = 1;
  finish(s, r->status, n, 0);
}

static int issue_null(struct slot *s, uint64_t seq) { (void)seq; return rpc_nfs3_null_async(s->conn->rpc, null_done, s); }

static int issue_getattr(struct slot *s, uint64_t seq)
{
  (void)seq;
  GETATTR3args a = { .object = wire(&file) };
  return rpc_nfs3_getattr_async(s->conn->rpc, getattr_done, &a, s);
}

static int issue_access(struct slot *s, uint64_t seq)
{
  (void)seq;
  ACCESS3args a = { .object = wire(&file), .access = 0x3f };
  return rpc_nfs3_access_async(s->conn->rpc, access_done, &a, s);
}

static void name_of(struct slot *s, uint64_t seq) { snprintf(s->name, sizeof s->name, "c%09llu", (unsigned long long)seq); }

static int issue_lookup(struct slot *s, uint64_t seq)
{
  (void)seq;
  name_of(s, next_random() % file_count);
  LOOKUP3args a = { .what = { .dir = wire(&dir), .name = s->name } };
  return rpc_nfs3_lookup_async(s->conn->rpc, lookup_done, &a, s);
}

static int call_read(struct slot *s, uint64_t block)
{
  READ3args a = { .file = wire(&file), .offset = file_offset + block * io_size, .count = io_size };
  return rpc_nfs3_read_async(s->conn->rpc, read_done, &a, s);
}

static int issue_read(struct slot *s, uint64_t seq) { return call_read(s, seq % (file_size / io_size)); }
static int issue_randread(struct slot *s, uint64_t seq) { (void)seq; return call_read(s, next_random() % (file_size / io_size)); }

static int call_write(struct slot *s, uint64_t offset, char *data, stable_how how)
{
  WRITE3args a = { .file = wire(&file), .offset = file_offset + offset, .count = io_size, .stable = how,
    .data = { .data_len = io_size, .data_val = data } };
  return rpc_nfs3_write_async(s->conn->rpc, write_done, &a, s);
}

static int write_block(struct slot *s, uint64_t seq, uint64_t block, stable_how how)
{
  return call_write(s, block * io_size, payload + (seq % 16) * 64, how);
}

static int issue_write(struct slot *s, uint64_t seq) { return write_block(s, seq, seq % (file_size / io_size), UNSTABLE); }
static int issue_syncwrite(struct slot *s, uint64_t seq) { return write_block(s, seq, next_random() % (file_size / io_size), FILE_SYNC); }

/* A store that keeps equal chunks once must find none. */
static int issue_put(struct slot *s, uint64_t seq)
{
  if (!s->fresh && !(s->fresh = malloc(io_size + 8))) die("out of memory");
  for (uint64_t i = 0; i <= io_size / 8; i++) s->fresh[i] = next_random();
  return call_write(s, seq * io_size, (char *)s->fresh, UNSTABLE);
}

static int issue_scatter(struct slot *s, uint64_t seq)
{
  return call_write(s, seq * (file_size / file_count), payload + (seq % 1024) * 64, UNSTABLE);
}

static int issue_create(struct slot *s, uint64_t seq)
{
  name_of(s, seq);
  s->created = 1;
  return call_create(s->conn->rpc, create_done, s->name, s);
}

static int call_remove(struct slot *s)
{
  REMOVE3args a = { .object = { .dir = wire(&dir), .name = s->name } };
  s->created = 0;
  return rpc_nfs3_remove_async(s->conn->rpc, remove_done, &a, s);
}

static int issue_remove(struct slot *s, uint64_t seq) { name_of(s, seq); return call_remove(s); }
static int issue_mkrm(struct slot *s, uint64_t seq) { return s->created ? call_remove(s) : issue_create(s, seq); }

static int call_list(struct slot *s, rpc_cb done)
{
  READDIRPLUS3args a = { .dir = wire(&dir), .cookie = s->cookie, .dircount = 32768, .maxcount = 65536 };
  memcpy(a.cookieverf, s->verf, sizeof a.cookieverf);
  return rpc_nfs3_readdirplus_async(s->conn->rpc, done, &a, s);
}

static int issue_list(struct slot *s, uint64_t seq) { (void)seq; return call_list(s, list_done); }
static int issue_list_once(struct slot *s, uint64_t seq) { (void)seq; return call_list(s, list_once_done); }

static void start_slots(int per_conn)
{
  for (int i = 0; i < conn_count; i++)
    for (int j = 0; j < per_conn; j++) issue(&conns[i].slots[j]);
}

static void run(issue_fn what, uint64_t limit, double limit_seconds)
{
  double end = now() + limit_seconds;
  issue_one = what;
  stopping = 0;
  next_seq = 0;
  seq_limit = limit;
  start_slots(what == issue_list_once ? 1 : depth);
  while (in_flight) {
    turn(100);
    if (now() >= end) stopping = 1;
  }
}

/* Part of the set-up: all of it, and no errors. */
static void prepare(issue_fn what, uint64_t limit)
{
  run(what, limit, 600);
  if (errors) die_status("the set-up failed", first_error);
  for (int i = 0; i < conn_count; i++)
    for (int j = 0; j < depth; j++) conns[i].slots[j].created = 0;
}

static void write_the_file(void)
{
  uint64_t measured = io_size;
  io_size = file_size < 1 << 20 ? file_size : 1 << 20;
  prepare(issue_write, file_size / io_size);
  commit();
  io_size = measured;
}

static double percentile(double p)
{
  uint64_t all = 0, seen = 0;
  for (uint32_t i = 0; i < CELLS; i++) all += histogram[i];
  for (uint32_t i = 0; i < CELLS; i++)
    if ((seen += histogram[i]) >= all * p) return i;
  return 0;
}

static const struct test {
  const char *name;
  issue_fn load;
  int wants_content, wants_file, wants_names, warm_pass, commits, ends_with_count, ends_with_file;
} tests[] = {
  { .name = "null", .load = issue_null },
  { .name = "getattr", .load = issue_getattr },
  { .name = "access", .load = issue_access },
  { .name = "lookup", .load = issue_lookup, .wants_names = 1 },
  { .name = "read", .load = issue_read, .wants_content = 1, .warm_pass = 1 },
  { .name = "pass", .load = issue_read, .wants_content = 1, .ends_with_file = 1 },
  { .name = "randread", .load = issue_randread, .wants_content = 1 },
  { .name = "write", .load = issue_write, .commits = 1 },
  { .name = "syncwrite", .load = issue_syncwrite, .wants_content = 1 },
  { .name = "create", .load = issue_create },
  { .name = "remove", .load = issue_remove, .wants_names = 1, .ends_with_count = 1 },
  { .name = "mkrm", .load = issue_mkrm },
  { .name = "list", .load = issue_list, .wants_names = 1 },
  { .name = "fill", .load = issue_create, .ends_with_count = 1 },
  { .name = "put", .load = issue_put, .wants_file = 1, .commits = 1, .ends_with_file = 1 },
  { .name = "scatter", .load = issue_scatter, .wants_file = 1, .commits = 1, .ends_with_count = 1 },
  { .name = "handle", .wants_file = 1 },
};

static void print_handle(void)
{
  for (unsigned i = 0; i < file.len; i++) printf("%02x", (unsigned char)file.val[i]);
  putchar('\n');
}

static const struct test *find_test(const char *name)
{
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    if (!strcmp(tests[i].name, name)) return &tests[i];
  die("no such test (the head of nfsbench.c lists them)");
  return NULL;
}

static void measure(const struct test *t)
{
  uint64_t limit = t->ends_with_count ? file_count : t->ends_with_file ? file_size / io_size : UINT64_MAX;
  if (t->wants_content && !existing) write_the_file();
  if (t->wants_names) prepare(issue_create, file_count);
  if (t->warm_pass && !existing) prepare(t->load, file_size / io_size);
  memset(histogram, 0, CELLS * sizeof *histogram);
  calls = bytes = errors = 0;

  double begun = now();
  run(t->load, limit, limit < UINT64_MAX ? 3600 : seconds);
  if (t->commits) commit();
  double took = now() - begun;
  printf("{\"test\":\"%s\",\"conns\":%d,\"depth\":%d,\"io\":%llu,\"calls\":%llu,\"calls_per_s\":%.0f,\"MB_per_s\":%.1f,"
         "\"p50_us\":%.0f,\"p99_us\":%.0f,\"p999_us\":%.0f,\"errors\":%llu,\"first_error\":%d}\n",
         t->name, conn_count, depth, (unsigned long long)io_size, (unsigned long long)calls, calls / took,
         bytes / took / 1e6, percentile(.5), percentile(.99), percentile(.999), (unsigned long long)errors, first_error);
}

static void list_what_was_filled(void)
{
  calls = 0;
  double begun = now();
  run(issue_list_once, UINT64_MAX, 600);
  double took = now() - begun;
  /* The file, the names, and perhaps . and .. */
  if (calls < file_count + 1) die("the listing lacks names");
  printf("{\"listed\":%llu,\"entries_per_s\":%.0f,\"first_page_us\":%.0f}\n", (unsigned long long)calls, calls / took,
         first_page_us);
}

int main(int argc, char **argv)
{
  const char *test = "getattr";
  int o;
  while ((o = getopt(argc, argv, "H:p:m:e:t:d:c:s:S:b:n:f:o:")) != -1)
    switch (o) {
    case 'H': host = optarg; break;
    case 'p': port = atoi(optarg); break;
    case 'm': mount_port = atoi(optarg); break;
    case 'e': export_path = optarg; break;
    case 't': test = optarg; break;
    case 'd': depth = atoi(optarg); break;
    case 'c': conn_count = atoi(optarg); break;
    case 's': seconds = atof(optarg); break;
    case 'S': file_size = strtoull(optarg, NULL, 0); break;
    case 'b': io_size = strtoull(optarg, NULL, 0); break;
    case 'f': existing = optarg; break;
    case 'o': file_offset = strtoull(optarg, NULL, 0); break;
    case 'n': file_count = strtoull(optarg, NULL, 0); break;
    default: die("bad option (the head of nfsbench.c lists them)");
    }
  /* No two runs write the same bytes. */
  random_state ^= (uint64_t)time(NULL) << 32 ^ (uint64_t)getpid();
  const struct test *t = find_test(test);
  int wanted = conn_count;
  if (wanted < 1 || wanted > 256 || depth < 1) die("1 to 256 connections, and at least one call in flight");
  if (!io_size || file_size < io_size || !file_count) die("sizes and counts must be positive, and a call fit in the file");
  if (file_offset && !existing) die("-o goes with -f");
  if (existing && !t->wants_content && !t->wants_file) die("-f is for the tests of one file's bytes");
  if (!mount_port) mount_port = port;
  histogram = calloc(CELLS, sizeof *histogram);
  size_t payload_size = (io_size > 1 << 20 ? io_size : 1 << 20) + 4096;
  payload = malloc(payload_size);
  if (!histogram || !payload) die("out of memory");
  for (size_t i = 0; i + 8 <= payload_size; i += 8) {
    uint64_t v = next_random();
    memcpy(payload + i, &v, 8);
  }
  mount_export();
  connect_all(wanted);
  if (existing) {
    find_file();
  } else {
    make_directory();
    make_file();
  }
  if (!t->load) {
    print_handle();
    return 0;
  }
  measure(t);
  if (!strcmp(t->name, "fill")) list_what_was_filled();
  return errors != 0;
}
