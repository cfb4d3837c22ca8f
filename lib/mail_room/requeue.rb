# frozen_string_literal: true

require "mail_room"
require "optparse"

module MailRoom
  # The command `mail_room requeue`: puts messages back that were quarantined, mailbox after mailbox.
  class Requeue
    # RFC 3501, section 9, nz-number.
    UIDS = (1..((2**32) - 1))

    # @param args [Array<String>] of the command line, without the word itself
    # @raise [SystemExit] status 0 after `--help`, 1 when arguments or configuration are not right, which was
    #   told by then
    def initialize(args)
      @emails = []
      @names = []
      @uids = []
      @dry_run = false
      read(args)
    rescue OptionParser::ParseError => error
      Notice.fail_with("requeue: #{error.message}; see mail_room requeue --help")
    rescue ConfigurationError => error
      Notice.fail_with(error.message)
    end

    # Tells for each mailbox what was put back. One that cannot be served does not hold up the others.
    #
    # @return [void]
    # @raise [SystemExit] status 1 when a mailbox could not be served, or a UID was not found
    def start
      exit(1) unless @mailboxes.map { |mailbox| requeue(mailbox) }.all?
    rescue Interrupt
      exit(130) # as a shell has it
    end

    private

    def read(args)
      left = parser.parse(args)
      raise ConfigurationError, "requeue: #{left.first.inspect} is no option" unless left.empty?

      @path ||= GitLab::Installation.named_by_environment
      raise ConfigurationError, "requeue: the configuration is missing, use -c FILE" unless @path

      configured = Configuration.new(config_path: @path).mailboxes
      @mailboxes = chosen(configured)
      refuse_what_is_shared(configured)
      return if @uids.empty?

      unless @mailboxes.one?
        raise ConfigurationError, "requeue: a UID means a message of one mailbox, name it by --email and --name"
      end

      @uids = named(@mailboxes.first)
    end

    def parser
      OptionParser.new do |parser|
        parser.banner = "Puts quarantined messages back, so that they are tried again.\n\n" \
                        "Usage: mail_room requeue [-c FILE] [--email EMAIL] [--name NAME] [--uid UID] [--dry-run]"
        define_options(parser)
        CLI.define_help(parser)
      end
    end

    def define_options(parser)
      parser.on("-c", "--config FILE", *CLI::CONFIG_HELP) { |path| @path = path }
      parser.on("--email EMAIL", "Only mailboxes of this account; may be repeated.") { |email| @emails << email }
      parser.on("--name NAME", "Only mailboxes of this name; may be repeated.") { |name| @names << name }
      parser.on("--uid UID", "Only this message, as --dry-run tells it; may be repeated. On an IMAP server it is",
                "the number in quarantine_mailbox, where that is set.") { |uid| @uids << uid }
      parser.on("-n", "--dry-run", "Only tell which messages are quarantined.") { @dry_run = true }
    end

    # Microsoft Graph has immutable ids instead of numbers.
    def named(mailbox)
      return @uids if mailbox.microsoft_graph?

      @uids.map do |uid|
        number = Integer(uid, 10, exception: false)
        next number.to_s if UIDS.cover?(number)

        raise ConfigurationError, "requeue: a UID is a number between #{UIDS.min} and #{UIDS.max}, not #{uid.inspect}"
      end
    end

    def chosen(configured)
      chosen = configured.select do |mailbox|
        (@emails.empty? || @emails.include?(mailbox.email)) && (@names.empty? || @names.include?(mailbox.name))
      end
      raise ConfigurationError, "#{@path}: no mailbox of #{[*@emails, *@names].join(', ')}" if chosen.empty?

      chosen
    end

    # Nobody could tell whose messages they are.
    def refuse_what_is_shared(configured)
      aside = configured.select(&:quarantine_mailbox).group_by do |mailbox|
        mailbox.identity(mailbox.quarantine_mailbox)
      end
      shared = aside.values.find { |mailboxes| mailboxes.size > 1 && mailboxes.intersect?(@mailboxes) }
      return unless shared

      raise ConfigurationError, "#{@path}: #{shared.map(&:title).join(' and ')} have the same quarantine_mailbox, " \
                                "so that nobody can tell where its messages belong"
    end

    # @return [Boolean] whether it could be served
    def requeue(mailbox)
      found = Native.requeue(Mailbox::Settings.new(mailbox).to_json, @uids, @dry_run)
      found.each { |name, uids| puts "#{name.inspect} of #{mailbox.email}: #{told(uids)}" }
      missing = @uids - found.flat_map(&:last)
      Notice.warn("#{mailbox.label}: no quarantined message with UID #{missing.join(', ')}") unless missing.empty?
      missing.empty?
    rescue MailRoom::Error => error
      Notice.warn(Printable.text("#{mailbox.label}: #{error.message}"))
      false
    end

    def told(uids)
      return "nothing #{@dry_run ? 'is quarantined' : 'to put back'}" if uids.empty?

      count = "#{uids.size} #{uids.one? ? 'message' : 'messages'}"
      "#{count} #{@dry_run ? 'quarantined' : 'put back'} (UID #{uids.join(', ')})"
    end
  end
end
