// store-layer prints the digests of the tars that nix2container makes from store paths, for comparison. It uses the packages of Go
// that nix2container uses too: archive/tar, regexp, path/filepath.
//
// Each line of the input is a JSON list of paths, as in the description of an image. Each line of the output is a JSON object
// with the digest and the size of the tar, or with an error. With -tar, the input has one line, and the output is the tar itself.
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

type storePath struct {
	Path    string
	Options struct {
		Rewrite struct{ Regex, Repl string }
		Perms   []rule
	}
}

type rule struct {
	Regex, Mode, Uname, Gname string
	Uid, Gid                  int
}

// A member is a file that gets a name in the tar. The source is empty for folders above the store paths.
type member struct {
	source string
	info   fs.FileInfo
	rules  []rule
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		var paths []storePath
		if err := json.Unmarshal(line, &paths); err != nil {
			panic(err)
		}
		if len(os.Args) > 1 && os.Args[1] == "-tar" {
			if err := writeTar(output, paths); err != nil {
				panic(err)
			}
			return
		}
		sum := sha256.New()
		size := counter(0)
		result := map[string]any{}
		if err := writeTar(io.MultiWriter(sum, &size), paths); err != nil {
			result["error"] = err.Error()
		} else {
			result["digest"] = fmt.Sprintf("sha256:%x", sum.Sum(nil))
			result["size"] = size
		}
		text, _ := json.Marshal(result)
		fmt.Fprintf(output, "%s\n", text)
	}
}

type counter int64

func (count *counter) Write(bytes []byte) (int, error) {
	*count += counter(len(bytes))
	return len(bytes), nil
}

// writeTar keeps all members in one map by name. They are sorted as lists of names, which is the order of a walk through the tree.
func writeTar(output io.Writer, paths []storePath) error {
	members := map[string]*member{}
	for _, each := range paths {
		if err := addPath(members, each); err != nil {
			return err
		}
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Slice(names, func(a, b int) bool {
		return lessParts(partsOf(names[a]), partsOf(names[b]))
	})
	writer := tar.NewWriter(output)
	for _, name := range names {
		if err := writeMember(writer, name, members[name]); err != nil {
			return err
		}
	}
	return writer.Close()
}

func partsOf(name string) []string {
	if name == "/" {
		return []string{""}
	}
	return strings.Split(name, "/")
}

func lessParts(a, b []string) bool {
	for n := 0; n < len(a) && n < len(b); n++ {
		if a[n] != b[n] {
			return a[n] < b[n]
		}
	}
	return len(a) < len(b)
}

func addPath(members map[string]*member, from storePath) error {
	rewrite := from.Options.Rewrite
	var pattern *regexp.Regexp
	if rewrite.Regex != "" {
		compiled, err := regexp.Compile(rewrite.Regex)
		if err != nil {
			return err
		}
		pattern = compiled
	}
	return filepath.Walk(from.Path, func(source string, info fs.FileInfo, err error) error {
		if err != nil {
			return err
		}
		name := source
		if pattern != nil {
			name = string(pattern.ReplaceAll([]byte(source), []byte(rewrite.Repl)))
		}
		if name == "" {
			return nil
		}
		name = filepath.Clean(name)
		addFoldersAbove(members, name)
		return addMember(members, name, &member{source, info, from.Options.Perms})
	})
}

func addFoldersAbove(members map[string]*member, name string) {
	parts := partsOf(name)
	for n := 1; n < len(parts); n++ {
		folder := strings.Join(parts[:n], "/")
		if folder == "" {
			folder = "/"
		}
		if members[folder] == nil {
			members[folder] = &member{}
		}
	}
}

func addMember(members map[string]*member, name string, added *member) error {
	if before := members[name]; before != nil && before.info != nil {
		if before.info.Mode() != added.info.Mode() {
			return errors.New("modes differ: " + name)
		}
		if before.info.Mode().IsRegular() && before.info.Size() != added.info.Size() {
			return errors.New("sizes differ: " + name)
		}
		if len(before.rules) > 0 && fmt.Sprint(before.rules) != fmt.Sprint(added.rules) {
			return errors.New("perms differ: " + name)
		}
	}
	members[name] = added
	return nil
}

func writeMember(writer *tar.Writer, name string, from *member) error {
	header := &tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}
	if from.info != nil {
		target := ""
		if from.info.Mode()&fs.ModeSymlink != 0 {
			read, err := os.Readlink(from.source)
			if err != nil {
				return err
			}
			target = read
		}
		made, err := tar.FileInfoHeader(from.info, target)
		if err != nil {
			return err
		}
		header = made
		if target != "" {
			header.Mode = 0o777
		}
	}
	header.Name = name
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "root", "root"
	for _, each := range from.rules {
		if err := applyRule(header, each, from.source); err != nil {
			return err
		}
	}
	header.ModTime, header.AccessTime, header.ChangeTime = time.Unix(1, 0), time.Time{}, time.Time{}
	if err := writer.WriteHeader(header); err != nil {
		return err
	}
	if from.info == nil || !from.info.Mode().IsRegular() {
		return nil
	}
	content, err := os.ReadFile(from.source)
	if err == nil {
		_, err = writer.Write(content)
	}
	return err
}

func applyRule(header *tar.Header, each rule, source string) error {
	pattern, err := regexp.Compile(each.Regex)
	if err != nil {
		return err
	}
	if !pattern.MatchString(source) {
		return nil
	}
	header.Uid, header.Gid = each.Uid, each.Gid
	if each.Uname != "" {
		header.Uname = each.Uname
	}
	if each.Gname != "" {
		header.Gname = each.Gname
	}
	if each.Mode != "" {
		mode, err := strconv.ParseInt(each.Mode, 8, 64)
		if err != nil {
			return err
		}
		header.Mode = mode
	}
	return nil
}
