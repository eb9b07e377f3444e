package trouble

import (
	"fmt"
	"strings"
	"unicode"
)

// widest is how many characters of a source line are shown around the place in question.
const widest = 120

// excerpt is line (counted from 1) of src with its number in front, and below it a caret under col, a byte position counted from 1; 0 shows no caret.
func excerpt(src []string, line, col int) []string {
	if line < 1 || line > len(src) {
		return nil
	}
	text := strings.TrimRight(src[line-1], "\r\n")
	before := len([]rune(printable(text[:min(max(col-1, 0), len(text))])))
	runes := []rune(printable(text))
	before = min(before, len(runes))
	if len(runes) > widest {
		start := min(max(before-widest/2, 0), len(runes)-widest)
		end := start + widest
		window := runes[start:end:end]
		before -= start
		if end < len(runes) {
			window = append(window, '…')
		}
		if start > 0 {
			window, before = append([]rune{'…'}, window...), before+1
		}
		runes = window
	}
	number := fmt.Sprintf("%4d | ", line)
	shown := []string{number + strings.TrimRightFunc(string(runes), unicode.IsSpace)}
	if col > 0 {
		shown = append(shown, strings.Repeat(" ", len(number)-2)+"| "+blank(runes[:before])+"^")
	}
	return shown
}

// blank is space as wide as the runes are on the screen. Tabs stay tabs, so that the caret below them stands right however wide they are.
func blank(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		switch {
		case r == '\t':
			b.WriteByte('\t')
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf): // Drawn over the rune before.
		case unicode.Is(wide, r):
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// wide are the blocks that take two columns: East Asian scripts, full-width forms and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0xa4cf, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe30, 0xfe6f, 1},
		{0xff01, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x1f300, 0x1f64f, 1},
		{0x1f680, 0x1f6ff, 1},
		{0x1f900, 0x1f9ff, 1},
		{0x20000, 0x3fffd, 1},
	},
}
