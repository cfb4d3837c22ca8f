# frozen_string_literal: true

require "mail_room"
require "optparse"

module MailRoom
  # The command `mail_room check`: looks whether mail will find its way, and says what to do where it will not.
  class Check
    autoload :Address, "mail_room/check/address"
    autoload :Configured, "mail_room/check/configured"
    autoload :Conflicts, "mail_room/check/conflicts"
    autoload :Examination, "mail_room/check/examination"
    autoload :Finding, "mail_room/check/finding"
    autoload :Neighbours, "mail_room/check/neighbours"
    autoload :Questions, "mail_room/check/questions"
    autoload :Records, "mail_room/check/records"
    autoload :Report, "mail_room/check/report"
    autoload :RoundTrip, "mail_room/check/round_trip"
    autoload :Smtp, "mail_room/check/smtp"
    autoload :Webhook, "mail_room/check/webhook"

    # The values of `--format`.
    FORMATS = Choice.new("check: --format", available: %w[text json])

    # Mailboxes that are looked at side by side.
    AT_ONCE = 4

    # The status a shell has after SIGINT.
    INTERRUPTED = 130

    BANNER = <<~TEXT
      Looks whether mail will find its way, from the name of the mail server to the application, and says what to do
      where it will not. The status is 0 when nothing is wrong, and 1 otherwise.

      Usage: mail_room check [--config FILE] [--email EMAIL] [--name NAME] [--read-only] [--format text|json]
             mail_room check [--config FILE] --send-via smtp[s]://[user@]host[:port] [--from ADDRESS] [--wait SECONDS]

    TEXT
    private_constant :BANNER

    # @param args [Array<String>] of the command line, without the word itself
    # @raise [SystemExit] status 0 after `--help`, 1 when the arguments are not right, which was told by then
    def initialize(args)
      @emails = []
      @names = []
      @format = "text"
      @read_only = false
      @message = {}
      # What a shell passes are bytes: a file may have any name.
      read(args.map(&:b))
    rescue OptionParser::ParseError => error
      Notice.fail_with("check: #{told(error)}; see mail_room check --help")
    rescue ConfigurationError => error
      Notice.fail_with("check: #{error.message.delete_prefix('check: ')}")
    end

    # Tells of the file, and of each mailbox as soon as all is known of it and of those before it.
    #
    # @return [void]
    # @raise [SystemExit] status 1 when something is wrong; SIGINT ends the process with {INTERRUPTED}
    def start
      # An exception would have to find its way out of whatever is under way, also out of a half-loaded file.
      Signal.trap("INT") { exit!(INTERRUPTED) }
      $stdout.binmode # UTF-8, whatever the locale
      report = @format == "json" ? Records.new : Report.new(Colour.new($stdout))
      wrong = sections.map { |mailbox, findings| tell(report, mailbox, findings.call) }.any?
      Output.write("check", report.summary)
      exit(1) if wrong
    end

    private

    def read(args)
      left = parser.parse(args)
      raise ConfigurationError, "#{Redaction.url(:url, left.first).inspect} is no option" unless left.empty?

      @path ||= Configured.default_path
      raise ConfigurationError, "the configuration is missing, use -c FILE" unless @path

      if @via
        @round_trip = RoundTrip.new(Smtp.new(@via), **@message)
        raise ConfigurationError, "--send-via writes, so --read-only does not go with it" if @read_only
      elsif @message.any?
        raise ConfigurationError, "--from and --wait are for the message of --send-via"
      end
    end

    def parser
      OptionParser.new do |parser|
        parser.banner = BANNER
        define_choice(parser)
        define_sending(parser)
        CLI.define_help(parser)
      end
    end

    def define_choice(parser)
      parser.on("-c", "--config FILE", "#{CLI::CONFIG_FILES}. Without it:",
                "#{GitLab::Installation::CONFIG_FILE}, or #{Configured::FILES * ', or '}.") do |path|
        @path = utf8(path)
      end
      parser.on("--email EMAIL", "Only mailboxes of this account; may be repeated.") { |email| @emails << utf8(email) }
      parser.on("--name NAME", "Only mailboxes of this name; may be repeated.") { |name| @names << utf8(name) }
      parser.on("--read-only", "Leave nothing behind on any server, and send nothing.") { @read_only = true }
      parser.on("--format FORMAT", "text (default), or json: an object per line.") do |format|
        @format = FORMATS.check(format)
      end
    end

    def define_sending(parser)
      parser.on("--send-via URL", "Send a message to each mailbox by this server, and wait for it. A password is",
                "taken from #{Smtp::PASSWORD}.") { |url| @via = url }
      parser.on("--from ADDRESS", "The sender of that message; its receiver unless set.") do |text|
        @message[:from] = address(text)
      end
      parser.on("--wait SECONDS", Integer, "How long to wait for it; 60 unless set.") do |seconds|
        raise ConfigurationError, "--wait must be above 0" unless seconds.positive?

        @message[:seconds] = seconds
      end
    end

    # The option that was meant perhaps, which did_you_mean adds, stands in a line of its own.
    #
    # @param error [OptionParser::ParseError]
    def told(error)
      Redaction.url(nil, error.message).split("\n").join(". ")
    end

    def utf8(text)
      text.dup.force_encoding(Encoding::UTF_8)
    end

    def address(text)
      return utf8(text) if text.match?(RoundTrip::ADDRESS)

      raise ConfigurationError, "--from must be an address, not #{text.inspect}"
    end

    # @return [Array<Array>] a mailbox, or nil for the file, and what returns its findings
    def sections
      configured = Configured.new(@path, tried: !@round_trip.nil?)
      chosen = configured.mailboxes.select { |mailbox| chosen?(mailbox) }
      [[nil, -> { configured.findings + missing(configured, chosen) }], *examinations(configured, chosen)]
    end

    def chosen?(mailbox)
      (@emails.empty? || @emails.include?(mailbox.email)) && (@names.empty? || @names.include?(mailbox.name))
    end

    # Whoever asks for a mailbox by a wrong name takes it for checked otherwise.
    def missing(configured, chosen)
      there = configured.mailboxes
      return [] if there.empty?

      lost = [*(@emails - there.map(&:email)), *(@names - there.map(&:name))]
      lost << [*@emails, *@names].join(" and ") if lost.empty? && chosen.empty?
      lost.map do |word|
        Finding.no("configuration", "#{@path}: no mailbox of #{word}", "There is #{there.map(&:label).join(', ')}")
      end
    end

    def examinations(configured, chosen)
      slots = SizedQueue.new(AT_ONCE)
      chosen.map do |mailbox|
        examination = Examination.new(mailbox, configured, read_only: @read_only, round_trip: @round_trip)
        [mailbox, in_background(slots, examination).method(:value)]
      end
    end

    def in_background(slots, examination)
      thread = Thread.new do
        slots.push(examination)
        examination.findings
      ensure
        slots.pop
      end
      thread.tap { thread.report_on_exception = false } # whoever asks for its value gets it
    end

    # @return [Boolean] whether something is wrong
    def tell(report, mailbox, findings)
      Output.write("check", report.section(mailbox, findings))
      findings.any?(&:wrong?)
    end
  end
end
