"""A fake of the `Http` port: it keeps what is sent, and answers as it was told."""

from gateway.plugin.provider import HttpAnswer, HttpCall


class ScriptedHttp:
    """Gives the answers in their order: a 200's body, or an error to raise."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self._answers = list(answers)
        self.calls: list[HttpCall] = []

    async def send(self, call: HttpCall) -> HttpAnswer:
        self.calls.append(call)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return HttpAnswer(status=200, headers={}, body=answer)
