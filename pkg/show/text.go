package show

import (
	"fmt"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Markdown displays text in Markdown; outside of a notebook it is printed as it is.
func Markdown(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("show: displaying Markdown: the text is empty")
	}
	return send(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextMarkdown: text, protocol.MIMETextPlain: text}})
}

// HTML displays HTML; plain is the same in plain text, for where there is no HTML.
func HTML(html, plain string) error {
	if strings.TrimSpace(html) == "" {
		return fmt.Errorf("show: displaying HTML: it is empty")
	}
	return send(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: html, protocol.MIMETextPlain: plain}})
}

// Equation displays an equation on a line of its own, in LaTeX as JupyterLab and GitHub typeset it, without $ around it:
//
//	show.Equation(`\log p(x) = \sum_i \log p(x_i \mid x_{<i})`)
func Equation(latex string) error {
	latex = strings.TrimSpace(latex)
	if latex == "" {
		return fmt.Errorf("show: displaying an equation: it is empty")
	}
	if strings.HasPrefix(latex, "$") {
		return fmt.Errorf("show: displaying an equation: it begins with $: leave the dollar signs out")
	}
	return send(&protocol.DisplayData{Data: map[protocol.MIMEType]any{latexType: "$$" + latex + "$$", protocol.MIMETextPlain: latex}})
}

const latexType protocol.MIMEType = "text/latex"
