"""What makes a text unreadable before anybody asks what it means."""

from environments.definitions.catalogue.entry import Topic, makers

error, warning, hint = makers(Topic.TEXT)

TEXTS = (
    error(
        "placeholder", "A placeholder", "Another tool would fill it in; here it is read as it is.",
        "Write what it stands for.", "image: example/base:{{latest-image-tag}}", "image: example/base:20260101.v1",
    ),
    error(
        "empty", "The text is empty", "Nothing can be made from nothing.",
        "Write the definition, or start from an example.",
        "# only a comment", "dependencies:\n  - python=3.11",
    ),
    error(
        "not-utf8", "The file is not UTF-8",
        "Other encodings cannot be told apart with certainty, and a wrong guess changes what is installed.",
        "Save it as UTF-8.",
        "saved as UTF-16", "saved as UTF-8",
    ),
    error(
        "too-long", "The text is too long",
        "Definitions have a few thousand characters. The limits are 64 kB, and 1 MB for a Dockerfile as in Azure ML.",
        "Leave out what does not belong to the definition; put scripts into files of a build context.",
        "RUN echo '… a megabyte of data …'", "COPY data.txt /data.txt",
    ),
    error(
        "forbidden-character", "A character no text file holds",
        "Control characters are invisible and mean different things to different tools.", "Delete that character.",
        r'name: "train\0"', 'name: "train"',
    ),
    error(
        "yaml-syntax", "This is not valid YAML",
        "Until it can be read as YAML, nobody can say what the text asks for.",
        "Check the quotes, brackets and indentation of the line.",
        "name: train: it", 'name: "train: it"',
    ),
    error(
        "yaml-alias", "An alias that stands for itself",
        "Aliases are followed, but one inside the very value it repeats would never come to an end.",
        "Write the value out.",
        "a: &x [1, *x]", "a: [1]",
    ),
    error(
        "yaml-tag", "Tags", "Tags ask the reader to make objects. Here every value is read as it is written.",
        "Remove the tag.", "version: !!str 3.10", "version: 3.10",
    ),
    error(
        "yaml-merge", "Merge keys", "Merge keys are no part of YAML itself, and tools disagree on what wins.",
        "Write the entries out.", "<<: {a: 1}", "a: 1",
    ),
    error(
        "yaml-key", "A key that is no word",
        "A list or mapping as a key is most often text with braces that needs quotes.",
        "Put text with braces or brackets in quotes.", "{name}: train", '"{name}": train',
    ),
    error(
        "duplicate-key", "A key stands there twice",
        "Readers keep the first or the last of the two, each as it likes, so the file means different things.",
        "Keep one of the two.", "image: a\nimage: b", "image: a",
    ),
    error(
        "several-documents", "Several YAML documents", "An environment is one document; the others would be ignored.",
        "Keep one document and remove the other “---”.", "name: a\n---\nname: b", "name: a",
    ),
    error(
        "too-deep", "Nested too deeply", "No definition needs it, and deep nesting is a way to crash readers.",
        "Remove the surplus brackets.", "[[[[[[[[[[[[[[ ]]]]]]]]]]]]]]", "[numpy]",
    ),
    error(
        "too-many-entries", "Too many entries",
        "The work of reading is bounded; no real definition comes near the bound.",
        "Leave out what does not belong to the definition.", "20 000 packages", "20 packages",
    ),
)  # fmt: skip
