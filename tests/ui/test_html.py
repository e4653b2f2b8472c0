"""Does text stay text, and is a table a table?"""

from twin.ui.html import Html, image, table, tag


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "a < b & c", tag("b", "d")) == "<p>a &lt; b &amp; c<b>d</b></p>"


def test_attributes_are_escaped_and_may_be_left_out():
    assert (
        tag("a", css='x" onclick="y', href=None, aria_label="z")
        == '<a class="x&quot; onclick=&quot;y" aria-label="z"></a>'
    )


def test_a_table_has_column_heads_and_row_heads():
    written = table(("A", "B"), [("one", 1), ("<two>", 2)], caption="Two rows")
    assert written.count('<th scope="col">') == 2
    assert '<th scope="row">&lt;two&gt;</th><td>2</td>' in written
    assert "<caption" in written
    assert 'aria-label="Two rows"' in written


def test_an_image_has_its_alternative():
    assert image("data:x", alt='5 "values"') == '<img src="data:x" alt="5 &quot;values&quot;">'
    assert isinstance(image("data:x", alt=""), Html)
