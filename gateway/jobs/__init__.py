"""Operations and jobs: what the upstreams can do besides their lists, carried out once."""
