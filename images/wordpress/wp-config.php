<?php
// Everything comes from the environment; nothing is written at run time. Names are those of the
// public WordPress image where that has one.

function kuberlogic_env(string $name, string $default = ''): string {
    $value = getenv($name);
    return $value === false || $value === '' ? $default : $value;
}

define('DB_NAME', kuberlogic_env('WORDPRESS_DB_NAME', 'wordpress'));
define('DB_USER', kuberlogic_env('WORDPRESS_DB_USER', 'wordpress'));
define('DB_PASSWORD', kuberlogic_env('WORDPRESS_DB_PASSWORD'));
define('DB_HOST', kuberlogic_env('WORDPRESS_DB_HOST', '127.0.0.1'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = kuberlogic_env('WORDPRESS_TABLE_PREFIX', 'wp_');

foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $kind) {
    foreach (['KEY', 'SALT'] as $part) {
        $value = kuberlogic_env("WORDPRESS_{$kind}_{$part}");
        // Undefined, WordPress would invent one and keep it in the database.
        if ($value !== '') define("{$kind}_{$part}", $value);
    }
}

// TLS ends at the proxy in front.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') $_SERVER['HTTPS'] = 'on';

$url = rtrim(kuberlogic_env('WORDPRESS_URL'), '/');
if ($url !== '') {
    define('WP_HOME', $url);
    define('WP_SITEURL', $url);
}

define('WP_CONTENT_DIR', '/var/www/html/wp-content');
define('WPMU_PLUGIN_DIR', '/usr/share/wordpress-must-use');
define('FS_METHOD', 'direct');
// WordPress itself is updated with the image, themes and plugins by their administrator.
define('WP_AUTO_UPDATE_CORE', false);
define('DISALLOW_FILE_EDIT', true);
define('WP_DEBUG', false);

if (!defined('ABSPATH')) define('ABSPATH', '/usr/share/wordpress/');
require_once ABSPATH . 'wp-settings.php';
