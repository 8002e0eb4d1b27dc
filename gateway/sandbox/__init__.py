"""What the sandbox upstreams share: media, a seeded catalogue, faults and control.

Each sandbox answers, besides the paths of its document, these (JSON, no token);
bad input is a 400 with `{"error": …}` that names the fault:

- `GET /_sandbox`: `{"items": n, "calls": {"METHOD /template": n}, "list_calls": n,
  "logins": n}`; calls count as they arrive, failed ones too, control ones never.
- `GET /_sandbox/items`: `{"ids": […]}`, the demo account's items, newest first, those
  of one moment in the list's own order, malformed entries left out.
- `POST /_sandbox/items` `{"count": 1, "time": RFC 3339 or null, "malformed": false}`:
  `{"ids": […]}`, oldest first. They come at the top, 1 ms apart, from `time` (now) or
  from the newest item's time if that is later.
- `POST /_sandbox/delete` `{"ids": […]}`: `{"deleted": n}`.
- `POST /_sandbox/finish`: `{"finished": n}`, completes all that is still at work.
- `POST /_sandbox/delay` `{"seconds": 0.25, "path": substring or null, "count": n or
  null}`: all delays that match a call add up.
- `POST /_sandbox/fail` `{"status": 503, "headers": {}, "body": "", "path", "count"}`,
  or in place of `status` a `mode`: `hang` (no answer until the caller leaves),
  `truncate` (half of the true body, its length told truly), `close` (the connection
  ends where a body was promised). The first rule that matches a call is used.
- `POST /_sandbox/void`: voids all tokens; a configured one until the next reset.
- `POST /_sandbox/reset`: clears faults, delays and counters.

A rule without `path` meets every call but media and control; one with a `path` meets
media too. A null `count` lasts until the reset. Control calls are never hit.

A page of any origin may call all of it; its preflights are neither counted nor hit.
"""
