# frozen_string_literal: true

# A page of the documentation: its fenced blocks, headings and links.
class MarkdownPage
  # A fenced block: the word behind the fence, the text, and the line it begins in.
  Block = Struct.new(:language, :text, :line)

  ROOT = File.expand_path("../..", __dir__)

  # @return [String] all of it
  attr_reader :text

  # @param path [String] below the root of the repository
  def initialize(path)
    @path = path
    @text = File.read(File.join(ROOT, path), encoding: "UTF-8")
  end

  # @return [Array<Block>]
  def blocks
    @text.to_enum(:scan, /^( *)```(\w*)\n(.*?)^\1```$/m).map do
      found = Regexp.last_match
      Block.new(found[2], found[3].gsub(/^#{found[1]}/, ""), found.pre_match.count("\n") + 1)
    end
  end

  # @return [Array<String>] what a link to a heading has behind the #, as GitHub makes it
  def anchors
    prose.scan(/^\#{1,6} (.+)$/).map { |(title)| title.downcase.gsub(/[^\p{Word}\- ]/, "").tr(" ", "-") }
  end

  # @return [Array<String>] targets of links that lead nowhere, of those that stay in the repository
  def dangling
    targets = prose.scan(/\]\(([^)\s]+)\)/).flatten.grep_v(/\A\w+:/)
    targets.reject { |target| leads_somewhere?(*target.split("#", 2)) }
  end

  private

  def prose
    @text.gsub(/^( *)```.*?^\1```$/m, "").gsub(/`[^`\n]*`/) { |code| code.delete("[]`") }
  end

  def leads_somewhere?(file, anchor = nil)
    path = file.empty? ? @path : File.join(File.dirname(@path), file)
    return false unless File.exist?(File.join(ROOT, path))

    anchor.nil? || MarkdownPage.new(path).anchors.include?(anchor)
  end
end
