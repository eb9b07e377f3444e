package show

import (
	"fmt"
	"html"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Align says where the cells of a table's column stand.
type Align int

// Auto puts numbers at the right and words at the left.
const (
	Auto Align = iota
	Left
	Centre
	Right
)

// Col is a column of a [Table].
type Col struct {
	Name   string
	Align  Align
	Format string // how numbers are written, as "%.2f" [floats with four significant digits, whole numbers in full]
}

// Table is a table. In a notebook it is text that can be selected; [Table.PNG] is the same as a picture, for figures.
type Table struct {
	Title string
	Cols  []Col
	Rows  [][]any // strings and numbers; nil is a dash, for what is not known
	Bold  []int   // rows set in bold, counted from 0
	Note  string  // a line below
}

func (t Table) check() error {
	if len(t.Cols) == 0 {
		return fmt.Errorf("it has no columns")
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Cols) {
			return fmt.Errorf("row %d has %d cells, and there are %d columns", i, len(row), len(t.Cols))
		}
	}
	for _, b := range t.Bold {
		if b < 0 || b >= len(t.Rows) {
			return fmt.Errorf("bold row %d of %d rows", b, len(t.Rows))
		}
	}
	return nil
}

func (t Table) err(doing string, why error) error {
	return fmt.Errorf("show: %s table%s: %w", doing, inQuotes(t.Title), why)
}

// cells are the table's contents as text, and the columns' alignments.
func (t Table) cells() (rows [][]string, aligns []Align) {
	rows = make([][]string, len(t.Rows))
	for i := range rows {
		rows[i] = make([]string, len(t.Cols))
	}
	aligns = make([]Align, len(t.Cols))
	for j, col := range t.Cols {
		numbers := false
		for i, row := range t.Rows {
			s, isNumber := cell(row[j], col.Format)
			rows[i][j] = s
			numbers = numbers || isNumber
		}
		aligns[j] = col.Align
		if col.Align == Auto {
			aligns[j] = Left
			if numbers {
				aligns[j] = Right
			}
		}
	}
	return rows, aligns
}

// cell writes one value.
func cell(v any, format string) (text string, isNumber bool) {
	if v == nil {
		return "–", false
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt() || r.CanUint():
		if _, named := v.(fmt.Stringer); named {
			return fmt.Sprint(v), false
		}
		if format == "" || strings.ContainsAny(format, "eEfFgG") {
			return minus(thousands(fmt.Sprint(v))), true
		}
		return minus(fmt.Sprintf(format, v)), true
	case r.CanFloat():
		f := r.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return strings.Replace(minus(fmt.Sprint(f)), "Inf", "∞", 1), true
		}
		if format == "" {
			return Short(f), true
		}
		return minus(fmt.Sprintf(format, f)), true
	}
	return strings.Join(strings.Fields(fmt.Sprint(v)), " "), false
}

// String is the table as plain text, in columns.
func (t Table) String() string {
	if err := t.check(); err != nil {
		return t.err("writing a", err).Error()
	}
	rows, aligns := t.cells()
	width := make([]int, len(t.Cols))
	head := make([]string, len(t.Cols))
	for j, col := range t.Cols {
		head[j] = col.Name
		width[j] = len([]rune(col.Name))
		for _, row := range rows {
			width[j] = max(width[j], len([]rune(row[j])))
		}
	}
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintln(&b, t.Title)
	}
	line := func(row []string) {
		var parts []string
		for j, s := range row {
			space := width[j] - len([]rune(s))
			before := map[Align]int{Left: 0, Centre: space / 2, Right: space}[aligns[j]]
			parts = append(parts, strings.Repeat(" ", before)+s+strings.Repeat(" ", space-before))
		}
		fmt.Fprintln(&b, strings.TrimRight(strings.Join(parts, "  "), " "))
	}
	line(head)
	for j := range head {
		head[j] = strings.Repeat("─", width[j])
	}
	line(head)
	for _, row := range rows {
		line(row)
	}
	if t.Note != "" {
		fmt.Fprintln(&b, t.Note)
	}
	return strings.TrimRight(b.String(), "\n")
}

// Markdown is the table in GitHub's Markdown.
func (t Table) Markdown() (string, error) {
	if err := t.check(); err != nil {
		return "", t.err("writing a", err)
	}
	rows, aligns := t.cells()
	escape := strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`")
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "**%s**\n\n", escape.Replace(t.Title))
	}
	var head, rule []string
	for j, col := range t.Cols {
		head = append(head, escape.Replace(col.Name))
		rule = append(rule, map[Align]string{Left: ":--", Centre: ":-:", Right: "--:"}[aligns[j]])
	}
	fmt.Fprintf(&b, "| %s |\n| %s |\n", strings.Join(head, " | "), strings.Join(rule, " | "))
	for i, row := range rows {
		for j := range row {
			row[j] = escape.Replace(row[j])
			if slices.Contains(t.Bold, i) && row[j] != "" {
				row[j] = "**" + row[j] + "**"
			}
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	if t.Note != "" {
		fmt.Fprintf(&b, "\n%s\n", escape.Replace(t.Note))
	}
	return b.String(), nil
}

// HTML is the table as HTML; its alignments hold in JupyterLab and on GitHub.
func (t Table) HTML() (string, error) {
	if err := t.check(); err != nil {
		return "", t.err("writing a", err)
	}
	rows, aligns := t.cells()
	side := map[Align]string{Left: "left", Centre: "center", Right: "right"}
	var b strings.Builder
	b.WriteString("<table>\n")
	if t.Title != "" {
		fmt.Fprintf(&b, "<caption style=\"text-align: left; font-weight: bold\">%s</caption>\n", html.EscapeString(t.Title))
	}
	row := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for j, s := range cells {
			fmt.Fprintf(&b, `<%s align="%s" style="text-align: %[2]s">%s</%[1]s>`, tag, side[aligns[j]], s)
		}
		b.WriteString("</tr>\n")
	}
	var head []string
	for _, col := range t.Cols {
		head = append(head, html.EscapeString(col.Name))
	}
	b.WriteString("<thead>")
	row("th", head)
	b.WriteString("</thead>\n<tbody>\n")
	for i, cells := range rows {
		for j := range cells {
			cells[j] = html.EscapeString(cells[j])
			if slices.Contains(t.Bold, i) {
				cells[j] = "<b>" + cells[j] + "</b>"
			}
		}
		row("td", cells)
	}
	b.WriteString("</tbody>\n</table>\n")
	if t.Note != "" {
		fmt.Fprintf(&b, "<p><small>%s</small></p>\n", html.EscapeString(t.Note))
	}
	return b.String(), nil
}

// PNG draws the table.
func (t Table) PNG() ([]byte, error) { return render(t) }

func (t Table) draw() (*canvas, error) {
	if err := t.check(); err != nil {
		return nil, t.err("drawing a", err)
	}
	rows, aligns := t.cells()
	const rowHeight, between = 24.0, 24.0
	r := ruler{}
	width, wraps := t.widths(r, rows, aligns, figWidth-2*margin-between*float64(len(t.Cols)-1))
	total := -between
	for _, w := range width {
		total += w + between
	}
	// Heights follow from how texts wrap. Line 0 is the head.
	texts := make([][][]string, len(rows)+1)
	heights := make([]float64, len(rows)+1)
	bottom := margin
	if t.Title != "" {
		bottom += titleHeight + 4
	}
	top := bottom
	for i := range texts {
		texts[i] = make([][]string, len(t.Cols))
		for j, col := range t.Cols {
			s, l := col.Name, boldType
			if i > 0 {
				s, l = rows[i-1][j], t.letter(i-1)
			}
			texts[i][j] = []string{s}
			if wraps[j] {
				texts[i][j] = r.wrap(s, l, width[j])
			}
			heights[i] = max(heights[i], rowHeight+lineHeight*float64(len(texts[i][j])-1))
		}
		bottom += heights[i]
	}
	wide := max(total, min(r.measure(t.Title, titleType), figWidth-2*margin), 200)
	var note []string
	height := bottom + margin
	if t.Note != "" {
		wide = max(wide, min(r.measure(t.Note, tickType), 420))
		note = r.wrap(t.Note, tickType, wide+1)
		height += 6 + 15*float64(len(note))
	}
	c, err := newCanvas(wide+2*margin, height)
	if err != nil {
		return nil, t.err("drawing a", err)
	}
	c.text(margin, margin+13, t.Title, titleType, atLeft, ink)
	y := top
	for i := range texts {
		x := margin
		for j := range t.Cols {
			l, pen := boldType, pencil
			if i > 0 {
				l, pen = t.letter(i-1), ink
			}
			for k, s := range texts[i][j] {
				at := y + 16.5 + lineHeight*float64(k)
				switch aligns[j] {
				case Right:
					c.text(x+width[j], at, s, l, atRight, pen)
				case Centre:
					c.text(x+width[j]/2, at, s, l, atCentre, pen)
				default:
					c.text(x, at, s, l, atLeft, pen)
				}
			}
			x += width[j] + between
		}
		y += heights[i]
		switch i {
		case 0, len(rows):
			c.hline(margin, margin+total, y, 3, axis)
		default:
			c.hline(margin, margin+total, y, 2, faint)
		}
	}
	for i, s := range note {
		c.text(margin, bottom+20+15*float64(i), s, tickType, atLeft, pencil)
	}
	return c, nil
}

// widths are the columns' widths. Where they exceed the page, columns of words are narrowed, the widest first, and their texts wrap.
func (t Table) widths(r ruler, rows [][]string, aligns []Align, room float64) (width []float64, wraps []bool) {
	const narrowest = 110.0
	width, wraps = make([]float64, len(t.Cols)), make([]bool, len(t.Cols))
	for j, col := range t.Cols {
		width[j] = r.measure(col.Name, boldType)
		for i := range rows {
			width[j] = max(width[j], r.measure(rows[i][j], t.letter(i)))
		}
		room -= width[j]
	}
	for room < 0 {
		widest := -1
		for j := range width {
			if aligns[j] != Right && width[j] > narrowest && (widest < 0 || width[j] > width[widest]) {
				widest = j
			}
		}
		if widest < 0 {
			break // It is a wide table.
		}
		cut := min(10, width[widest]-narrowest)
		width[widest] -= cut
		wraps[widest] = true
		room += cut
	}
	return width, wraps
}

func (t Table) letter(row int) letter { return letter{labelType.size, slices.Contains(t.Bold, row)} }
