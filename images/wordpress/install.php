<?php
// Waits for the database, then installs WordPress into it if it is empty, or brings its tables up
// to this version. Run before the web server, by the command line PHP.
//
// An installation cut short leaves a table that says so. The next start then knows that nothing in
// there is anybody's work, drops what there is and begins again.

const WAIT_SECONDS_MAX = 180;

function fail(string $message): never {
    fwrite(STDERR, "wordpress: $message\n");
    exit(1);
}

function env(string $name, string $default = ''): string {
    $value = getenv($name);
    return $value === false || $value === '' ? $default : $value;
}

function connect(): mysqli {
    [$host, $port] = explode(':', env('WORDPRESS_DB_HOST', '127.0.0.1')) + [1 => '3306'];
    mysqli_report(MYSQLI_REPORT_OFF);
    $begun = hrtime(true);
    for (;;) {
        $database = @mysqli_connect($host, env('WORDPRESS_DB_USER', 'wordpress'),
            env('WORDPRESS_DB_PASSWORD'), env('WORDPRESS_DB_NAME', 'wordpress'), (int) $port);
        if ($database) return $database;
        if (hrtime(true) - $begun > WAIT_SECONDS_MAX * 1e9) {
            fail("no database at $host:$port: " . mysqli_connect_error());
        }
        usleep(100_000);
    }
}

function tables(mysqli $database, string $prefix): array {
    $pattern = $database->real_escape_string(addcslashes($prefix, '_%\\'));
    $rows = $database->query("SHOW TABLES LIKE '$pattern%'")->fetch_all();
    return array_column($rows, 0);
}

function begin_installation(mysqli $database, array $tables, string $mark): void {
    // The mark goes last: without it the next start would take the rest for an installation.
    foreach (array_diff($tables, [$mark]) as $table) $database->query("DROP TABLE `$table`");
    $database->query("CREATE TABLE IF NOT EXISTS `$mark` (started TIMESTAMP)") ||
        fail('the database refuses to create tables: ' . $database->error);
}

// WordPress would mail the password to the administrator.
function wp_new_blog_notification(): void {}

function install(): void {
    // Installing asks the site, which does not listen yet, whether addresses can be rewritten.
    add_filter('pre_http_request', fn() => new WP_Error('offline', 'not listening yet'));
    $password = env('WORDPRESS_ADMIN_PASSWORD') ?: fail('WORDPRESS_ADMIN_PASSWORD is not set');
    wp_install(env('WORDPRESS_TITLE', 'WordPress'), env('WORDPRESS_ADMIN_USER', 'admin'),
        env('WORDPRESS_ADMIN_EMAIL', 'admin@example.com'), true, '', wp_slash($password));
    global $wp_rewrite;
    $wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%day%/%postname%/');
    $wp_rewrite->flush_rules(false);
    // Apache compresses; otherwise every administrator's first page would try whether PHP does.
    update_site_option('can_compress_scripts', 0);
}

$prefix = env('WORDPRESS_TABLE_PREFIX', 'wp_');
$mark = $prefix . 'installing';
$database = connect();
$tables = tables($database, $prefix);
$new = $tables === [] || in_array($mark, $tables, true);
if ($new) {
    echo "wordpress: installing\n";
    begin_installation($database, $tables, $mark);
    define('WP_INSTALLING', true);
}

$url = parse_url(env('WORDPRESS_URL', 'http://localhost:8080'));
$_SERVER += ['SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/'];
$_SERVER['HTTP_HOST'] = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
$_SERVER['HTTP_X_FORWARDED_PROTO'] = $url['scheme'];
require '/usr/share/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

if ($new) {
    install();
    $database->query("DROP TABLE `$mark`") || fail('cannot finish: ' . $database->error);
    echo "wordpress: installed\n";
} elseif ((int) get_option('db_version') !== $wp_db_version) {
    wp_upgrade();
    echo "wordpress: tables upgraded\n";
}
