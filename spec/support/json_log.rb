# frozen_string_literal: true

require "json"

# A log file with one JSON object per line, read while it is being written.
class JsonLog
  attr_reader :path

  def initialize(path)
    @path = path
    @offset = 0
    @lines = []
  end

  # @return [Array<Hash>] all complete lines so far that are JSON objects; others (Ruby's own warnings, say) are skipped
  def lines
    fresh.each_line { |line| parse(line)&.then { |object| @lines << object } }
    @lines
  end

  private

  # Only what was added since the last look, up to the last line that is complete.
  def fresh
    return "" unless File.exist?(@path)

    text = File.binread(@path, nil, @offset) || ""
    complete = text.byteslice(0, (text.rindex("\n") || -1) + 1)
    @offset += complete.bytesize
    complete.force_encoding(Encoding::UTF_8)
  end

  def parse(line)
    object = JSON.parse(line)
    object if object.is_a?(Hash)
  rescue JSON::ParserError
    nil
  end
end
