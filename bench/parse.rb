# frozen_string_literal: true

# How long a worker takes to look into a mail: MailRoom::Email beside the `mail` gem, which is asked for the same.
#
#     rake bench:parse               builds a release first; ARGS="--json" hands options on
#     ruby -Ilib bench/parse.rb      takes the build that is there
#
# Options: --json, --mails N, --repeats N, --seed N. Reported are medians over the repeats.

require "json"
require "mail"
require "mail_room"
require "optparse"
require_relative "../spec/support/mails"

module Bench
  # Reads the same of the same mails in both ways.
  class Parse
    FIELDS = %i[to cc from reply_to subject message_id in_reply_to references date].freeze
    ADDRESS = "incoming+%{key}@gitlab.example.com"
    HOST = "gitlab.example.com"

    # What is done with a mail: in our way, and in the gem's.
    TASKS = {
      "headers" => [->(raw) { headers(MailRoom::Email.parse(raw)) }, ->(raw) { gem_headers(Mail.new(raw)) }],
      "headers and body" => [
        ->(raw) { body(MailRoom::Email.parse(raw)) }, ->(raw) { gem_body(Mail.new(raw)) }
      ],
      "route" => [->(raw) { ROUTER.route(raw) }, ->(raw) { gem_headers(Mail.new(raw)) }]
    }.freeze
    ROUTER = MailRoom::IncomingEmail.new(address: ADDRESS, host: HOST)

    class << self
      def headers(email)
        FIELDS.each { |field| email.public_send(field) }
        [email.delivered_to, email.received_recipients, email.auto_generated?]
      end

      def gem_headers(mail)
        FIELDS.each { |field| mail.public_send(field) }
        [values(mail, "Delivered-To"), values(mail, "Received").map { |value| value[/for\s+<([^<]+)>/, 1] },
         values(mail, "Auto-Submitted"), values(mail, "X-Autoreply")]
      end

      def body(email)
        headers(email)
        [email.text, email.html, email.attachments.map { |file| [file.name, file.content_type, file.size] }]
      end

      def gem_body(mail)
        gem_headers(mail)
        texts = mail.multipart? ? [mail.text_part&.decoded, mail.html_part&.decoded] : [mail.decoded]
        [texts, mail.attachments.map { |part| [part.filename, part.mime_type, part.decoded.bytesize] }]
      end

      private

      def values(mail, name)
        Array(mail.header[name]).map { |field| field.value.to_s }
      end
    end

    def initialize(arguments)
      @options = { mails: 300, repeats: 5, seed: 1 }
      OptionParser.new do |parser|
        parser.on("--json") { @options[:json] = true }
        parser.on("--mails N", Integer) { |number| @options[:mails] = number }
        parser.on("--repeats N", Integer) { |number| @options[:repeats] = number }
        parser.on("--seed N", Integer) { |number| @options[:seed] = number }
      end.parse!(arguments)
    end

    def run
      rows = sets.flat_map { |name, mails| TASKS.map { |task, ways| row(name, mails, task, ways) } }
      puts(@options[:json] ? JSON.generate(**@options.slice(:seed, :repeats), rows: rows) : table(rows))
    end

    private

    # Generated ones have the sizes of real mailboxes, half of them with an attachment.
    def sets
      fixtures = Dir[File.join(Mails::FOLDER, "**/*.eml")].map { |path| File.binread(path) }
      fixtures.select! { |raw| readable_by_gem?(raw) }
      generated = Array.new(@options[:mails]) { |number| Mails.mixed(number, seed: @options[:seed]) }
      { "fixtures" => fixtures, "generated" => generated }
    end

    # Some are there because it raises an error on them.
    def readable_by_gem?(raw)
      self.class.gem_body(Mail.new(raw))
    rescue StandardError
      false
    end

    def row(name, mails, task, ways)
      ours, gem = ways.map { |way| median(mails, way) }
      { mails: name, count: mails.size, median_bytes: middle(mails.map(&:bytesize)), task: task,
        mail_room_us: (ours * 1e6).round(1), mail_gem_us: (gem * 1e6).round(1), ratio: (gem / ours).round(1) }
    end

    # Seconds for one mail. The first round is not counted.
    def median(mails, way)
      times = Array.new(@options[:repeats] + 1) do
        GC.start
        start = now
        mails.each(&way)
        (now - start) / mails.size
      end
      middle(times.drop(1))
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def middle(values) = values.sort[values.size / 2]

    def table(rows)
      lines = rows.map do |row|
        format("%-10s %5d %8d  %-18s %10.1f %10.1f %8.1f", *row.values)
      end
      [format("%-10s %5s %8s  %-18s %10s %10s %8s", "mails", "count", "p50 B", "reading", "ours µs", "gem µs", "ratio"),
       *lines, "Mean time for one mail, median of #{@options[:repeats]} repeats. Ratio: the gem's time by ours.",
       "Beside `route` the gem only reads the headers GitLab's rules need."]
    end
  end
end

if $PROGRAM_NAME == __FILE__
  $VERBOSE = nil # the gem warns of each header it cannot parse
  Bench::Parse.new(ARGV).run
end
