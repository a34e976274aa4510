<?php
/*
Plugin Name: Running behind a proxy in a container
Description: Makes background tasks reach this very container, and core updates the image's affair.
*/

// Background tasks are started by a request of WordPress to itself. Its public name need not
// resolve in here, so the request goes to this server directly, under that name.
add_filter('cron_request', function (array $request): array {
    $url = parse_url($request['url']);
    $host = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
    $request['url'] = 'http://127.0.0.1:8080' . ($url['path'] ?? '/') .
        (isset($url['query']) ? '?' . $url['query'] : '');
    $request['args']['headers'] = ['Host' => $host, 'X-Forwarded-Proto' => $url['scheme']];
    return $request;
});

// Apache falls back to index.php without mod_rewrite, which is what WordPress looks for.
add_filter('got_rewrite', '__return_true');

// No question about newer versions: the files of WordPress belong to the image.
add_filter('pre_site_transient_update_core', function () {
    return (object) ['last_checked' => time(), 'version_checked' => get_bloginfo('version'),
                     'updates' => []];
});
