package localchannel

import (
	"cmp"
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameBytes = 200
	unknownType  = "application/octet-stream"
)

// fileName reads the name of a file from a Content-Disposition, however it is
// written: the documents leave out form-data, and browsers write quotes as %22
// and take the name in UTF-8. (directline 6)
func fileName(disposition string) string {
	for _, d := range []string{disposition, "form-data; " + disposition} {
		if _, params, err := mime.ParseMediaType(d); err == nil {
			return cleanName(params["filename"])
		}
	}
	_, name, _ := strings.Cut(disposition, "filename=")
	if quoted, ok := strings.CutPrefix(name, `"`); ok {
		name, _, _ = strings.Cut(quoted, `"`)
	} else {
		name, _, _ = strings.Cut(name, ";")
	}
	return cleanName(name)
}

// cleanName makes a name that is safe to save as: the last part of a path,
// without control characters and marks that turn the direction of writing.
func cleanName(name string) string {
	name = strings.NewReplacer("%22", `"`, "%0D", "", "%0A", "", `\`, "/").Replace(strings.ToValidUTF8(name, ""))
	name = name[strings.LastIndex(name, "/")+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if len(name) > maxNameBytes {
		extension := path.Ext(name)
		if len(extension) > 20 {
			extension = ""
		}
		end := maxNameBytes - len(extension)
		for !utf8.RuneStart(name[end]) {
			end--
		}
		name = name[:end] + extension
	}
	if strings.Trim(name, ".") == "" {
		name = ""
	}
	return cmp.Or(name, "file")
}

// cleanType is a content type as it should be written, or the unknown one.
func cleanType(contentType string) string {
	t, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(t, "/") || len(contentType) > maxNameBytes {
		return unknownType
	}
	return cmp.Or(mime.FormatMediaType(t, params), unknownType)
}
