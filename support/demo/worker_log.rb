# frozen_string_literal: true

# What the worker of the demo printed, read while Sidekiq runs: a line for each mail, made for reading here.
class WorkerLog
  # Fields of a line, between tabs.
  Mail = Struct.new(:id, :subject, :from, :bytes, :text)

  # @param path [String]
  def initialize(path)
    @path = path
    @shown = 0
  end

  # @return [Array<Mail>] all so far, those that came twice too
  def mails
    return [] unless File.exist?(@path)

    lines = File.readlines(@path, encoding: "UTF-8").map(&:scrub)
    # Of the last one there may be only a part.
    lines = lines.select { |line| line.start_with?("received\t") && line.end_with?("\n") }
    lines.map { |line| Mail.new(*line.chomp.split("\t", 6).drop(1)) }
  end

  # @return [Array<String>] Message-IDs
  def ids
    mails.map(&:id)
  end

  # Prints those that were not printed yet.
  # @param console [Console]
  def show_new(console)
    mails.drop(@shown).each do |mail|
      @shown += 1
      console.blank
      console.line("#{mail.subject}  (#{mail.bytes})")
      console.line("  from #{mail.from}: #{mail.text}")
    end
  end
end
