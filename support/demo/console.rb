# frozen_string_literal: true

require_relative "../../spec/support/wait"

# What the demo says: numbered steps, and indented lines on how each goes.
class Console
  # Seconds between two lines about a step that takes long, where lines cannot be overwritten.
  PATIENCE = 15

  def initialize(out = $stdout)
    @out = out
    @out.sync = true
    @steps = 0
    @shown = Wait.now
  end

  def title(text)
    @out.puts text, "=" * text.size
  end

  def step(text)
    @steps += 1
    @out.puts "", "#{@steps}. #{text}"
  end

  def line(text)
    wipe
    @out.puts "   #{text}"
  end

  def blank
    wipe
    @out.puts
  end

  # A line that the next one replaces; in a file or a pipe, one such line now and then.
  def progress(text)
    if @out.tty?
      @out.print "\r\e[K   #{text}"
    elsif Wait.now - @shown > PATIENCE
      @shown = Wait.now
      @out.puts "   #{text}"
    end
  end

  # The end of a file, if there is one.
  def excerpt(path, lines: 15)
    return unless File.exist?(path)

    @out.puts "", "   --- end of #{path}"
    File.readlines(path, encoding: "UTF-8").last(lines).each { |line| @out.puts "   #{line.scrub}" }
  end

  private

  def wipe
    @out.print "\r\e[K" if @out.tty?
  end
end
