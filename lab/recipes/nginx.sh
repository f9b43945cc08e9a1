# SPDX-License-Identifier: Apache-2.0
# nginx as a mail proxy.  Whoever logs in is alice, says its own authentication service.
setup() {
    local auth=127.20.${ADDR#127.10.}:8080 module=/usr/lib/nginx/modules/ngx_mail_module.so
    cat >/etc/nginx/nginx.conf <<X
load_module $module;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log info;
events { worker_connections 256; }
http {
  access_log off;
  server {
    listen $auth;
    location / {
      add_header Auth-Status OK;
      add_header Auth-Server $BACKEND;
      add_header Auth-Port 25;
      add_header Auth-User alice;
      add_header Auth-Pass wonderland;
      return 204;
    }
  }
}
mail {
  server_name $HOST;
  auth_http $auth/;
  smtp_capabilities "SIZE 10240000" "PIPELINING" "8BITMIME";
  server {
    listen $ADDR:25;
    protocol smtp;
    smtp_auth plain login none;
    xclient off;
    starttls on;
    ssl_certificate /etc/lab/cert.pem;
    ssl_certificate_key /etc/lab/key600.pem;
  }
}
X
    nginx -t
}

start() { nginx; }
