"""What the sandbox upstreams share: media, a seeded catalogue, faults and control.

Each sandbox answers, besides the paths of its document, these (JSON, no token);
bad input is a 400 with `{"error": …}` that names the fault:

- `GET /_sandbox`: `{"items": n, "calls": {"METHOD /template": n}, "list_calls": n,
  "logins": n}`; calls count as they arrive, failed ones too, control ones never.
- `GET /_sandbox/calls`: `{"calls": [{"method", "path", "seconds": 12.5}]}`, the last
  thousand, oldest first; `seconds` is a clock that never goes back.
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
- `POST /_sandbox/reset`: clears faults, delays and counters; tasks go on.

A sandbox whose upstream takes tasks (avatar) answers these as well. `ids` are task ids;
left out or null, they are all:

- `GET /_sandbox/tasks`: `{"ids": […]}`, all users' tasks, oldest first.
- `POST /_sandbox/tasks/hold`: until `release` or the reset no task begins and none
  ends: what is queued stays queued, what is at work stays at work, a new one queues.
- `POST /_sandbox/tasks/release`: they go on, one after another.
- `POST /_sandbox/tasks/finish` `{"ids": […]}`: `{"finished": n}`, also what is held.
- `POST /_sandbox/tasks/forget` `{"ids": […]}`: `{"forgotten": n}`. Their state is
  unknown, as after a restart; files that are done stay, what is not done never comes.
- `POST /_sandbox/tasks/withhold`: until `publish` or the reset, tasks that end from now
  on are done, but their files are not in the list.
- `POST /_sandbox/tasks/publish`: `{"published": n}`, the files of so many are listed.

A rule without `path` meets every call but media and control; one with a `path` meets
media too. A null `count` lasts until the reset. Control calls are never hit.

A page of any origin may call all of it; its preflights are neither counted nor hit.
"""
