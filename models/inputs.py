"""What models take: the input sections of the card, told apart by their `kind`.

A task that takes something else adds a section here, and old cards stay valid.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from numpy.typing import NDArray


def expect_distinct(names: Sequence[str], what: str) -> None:
    """Refuses a list in which a name comes twice; for validators.

    Raises:
        ValueError: With `what` and the name.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the {what} must differ; {name!r} comes twice")
        seen.add(name)


class CardSection(BaseModel):
    """Cards are read-only, and an unknown key means a card from a later version of Okazu."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSection(CardSection, ABC):
    """One input tensor of `serving_default`, which bears the name of the section's `kind`.

    Each kind says what its tensor holds, so whoever checks or feeds one need not know the kinds.
    """

    dtype: ClassVar[str]

    @property
    @abstractmethod
    def shape(self) -> tuple[int | None, ...]:
        """Of one example; None for an axis of any length."""

    def lone_example(self, batch: NDArray[Any]) -> tuple[int, NDArray[Any]]:
        """One example of a batch as a batch of its own, and its place in the larger one.

        Among others or alone, a model answers the same.
        """
        return 0, batch[:1]


class ImageInput(InputSection):
    """An image tensor: uint8 `[batch, height, width, channels]`, values 0 to 255."""

    dtype: ClassVar[str] = "uint8"

    kind: Literal["image"] = "image"
    height: int = Field(ge=1, description="pixels")
    width: int = Field(ge=1, description="pixels")
    mode: Literal["L", "RGB"] = Field(description="grey or colour, Pillow's mode names")
    resize: Literal["stretch", "crop", "pad"] = Field(
        default="stretch", description="how a picture of another shape is brought to this one"
    )

    @property
    def channels(self) -> int:
        return 1 if self.mode == "L" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return (self.height, self.width, self.channels)


class TableColumn(CardSection):
    """A column that the model reads, as it was in the training data."""

    name: str = Field(min_length=1)
    type: Literal["number", "category"]
    values: list[str] = Field(
        default_factory=list, description="of a category, in the order of their indices"
    )
    missing: bool = Field(
        default=False, description="whether a value may be missing, as it was in training"
    )
    minimum: float | None = Field(
        default=None, allow_inf_nan=False, description="of a number, seen in training"
    )
    maximum: float | None = Field(
        default=None, allow_inf_nan=False, description="of a number, seen in training"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.type == "number" and self.values:
            raise ValueError(f"column {self.name}: a number has no list of values")
        if self.type == "category" and not self.values:
            raise ValueError(f"column {self.name}: expected the values of the category")
        expect_distinct(self.values, f"values of column {self.name}")
        limits = (self.minimum, self.maximum)
        if self.type == "category" and limits != (None, None):
            raise ValueError(f"column {self.name}: a category has no minimum and maximum")
        if None not in limits and self.minimum > self.maximum:  # type: ignore[operator]
            raise ValueError(f"column {self.name}: its minimum is above its maximum")
        return self


class TableInput(InputSection):
    """Rows of a table: float32 `[batch, columns]`, the columns in the card's order.

    A category is its index in `TableColumn.values`; what is missing is NaN. The graph turns both
    into what the network reads.
    """

    dtype: ClassVar[str] = "float32"

    kind: Literal["table"] = "table"
    columns: list[TableColumn] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        expect_distinct([column.name for column in self.columns], "names of columns")
        return self

    @property
    def shape(self) -> tuple[int]:
        """`(columns,)`."""
        return (len(self.columns),)


class _PaddedIds(InputSection):
    """Rows of ids: int32 `[batch, length]`, of any length; 0 is padding, behind the ids of a row.

    How much padding there is does not change an answer.
    """

    dtype: ClassVar[str] = "int32"

    @property
    def shape(self) -> tuple[None]:
        """`(None,)`, as rows have any length."""
        return (None,)

    def lone_example(self, batch: NDArray[Any]) -> tuple[int, NDArray[Any]]:
        """The shortest row, without padding."""
        lengths = (batch != 0).sum(axis=1)
        place = int(lengths.argmin())
        return place, batch[place : place + 1, : max(1, int(lengths[place]))]


class TextInput(_PaddedIds):
    """Texts as ids; `models.texts.tokenizers` makes them from texts."""

    kind: Literal["text"] = "text"
    tokenizer: Literal["tokenizer.json"] = Field(
        default="tokenizer.json", description="the file of `assets.extra` that says what ids are"
    )
    max_tokens: int = Field(ge=1, description="the most words that are read, as in the tokenizer")


LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class SentenceInput(_PaddedIds):
    """Sentences to be translated as subwords: int32 `[batch, length]`, each ended by its end's id.

    `models.texts.subwords` makes them from sentences, and `models.tasks.translation.documents`
    sentences from texts.
    """

    kind: Literal["sentence"] = "sentence"
    subwords: Literal["tokenizer.model"] = Field(
        default="tokenizer.model", description="the file of `assets.extra` that says what ids are"
    )
    source: LanguageCode = Field(description="the language that is translated")
    target: LanguageCode = Field(description="the language that it is put into")
    max_tokens: int = Field(
        ge=16, description="the most ids of a sentence, its end's included; longer ones are cut"
    )
    placeholders: bool = Field(
        default=False, description="whether the model has learned to copy the subwords' symbols"
    )
    full_stop: bool = Field(
        default=False, description="whether a sentence without a final mark is asked with one"
    )


AnyInput = Annotated[
    ImageInput | TableInput | TextInput | SentenceInput, Field(discriminator="kind")
]
