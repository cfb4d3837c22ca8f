# frozen_string_literal: true

require "mail_room"
require "optparse"

module MailRoom
  # The command `mail_room requeue`: puts messages back that were quarantined, mailbox after mailbox.
  class Requeue
    # RFC 3501, section 9, nz-number.
    HIGHEST_UID = (2**32) - 1

    # @param args [Array<String>] of the command line, without the word itself
    # @raise [SystemExit] status 0 after `--help`, 1 when arguments or configuration are not right, which was
    #   told by then
    def initialize(args)
      @emails = []
      @uids = []
      @dry_run = false
      left = parser.parse(args)
      raise ConfigurationError, "requeue: #{left.first.inspect} is no option" unless left.empty?
      raise ConfigurationError, "requeue: the configuration is missing, use -c FILE" unless @path

      @mailboxes = mailboxes(Configuration.new(config_path: @path))
    rescue OptionParser::ParseError, ConfigurationError => error
      Notice.warn(Printable.text(error.message))
      exit(1)
    end

    # Tells for each mailbox what was put back. One that cannot be served does not hold up the others.
    #
    # @return [void]
    # @raise [SystemExit] status 1 when a mailbox could not be served
    def start
      exit(1) unless @mailboxes.map { |mailbox| requeue(mailbox) }.all?
    end

    private

    def parser
      OptionParser.new do |parser|
        parser.banner = "Puts quarantined messages back, so that they are tried again.\n\n" \
                        "Usage: mail_room requeue -c FILE [--email EMAIL] [--uid UID] [--dry-run]"
        parser.on("-c", "--config FILE", "Configuration, YAML with ERB.") { |path| @path = path }
        parser.on("--email EMAIL", "Only mailboxes of this account; may be repeated.") { |email| @emails << email }
        parser.on("--uid UID", Integer, "Only the message with this UID; may be repeated.") { |uid| add(uid) }
        parser.on("-n", "--dry-run", "Only tell which messages are quarantined.") { @dry_run = true }
        parser.on_tail("-?", "--help", "Show this text.") do
          puts parser.help
          exit
        end
      end
    end

    def add(uid)
      raise ConfigurationError, "requeue: a UID is between 1 and #{HIGHEST_UID}" unless uid.between?(1, HIGHEST_UID)

      @uids << uid
    end

    def mailboxes(configuration)
      return configuration.mailboxes if @emails.empty?

      unknown = @emails - configuration.mailboxes.map(&:email)
      raise ConfigurationError, "#{@path}: no mailbox of #{unknown.first}" unless unknown.empty?

      configuration.mailboxes.select { |mailbox| @emails.include?(mailbox.email) }
    end

    # @return [Boolean] whether it could be served
    def requeue(mailbox)
      uids = Native.requeue(Mailbox::Settings.new(mailbox).to_json, @uids, @dry_run)
      puts "#{mailbox.label}: #{told(uids)}"
      true
    rescue MailRoom::Error => error
      Notice.warn(Printable.text("#{mailbox.label}: #{error.message}"))
      false
    end

    def told(uids)
      what = @dry_run ? "quarantined" : "put back"
      return "nothing #{what == 'quarantined' ? 'is quarantined' : 'to put back'}" if uids.empty?

      "#{uids.size} #{uids.one? ? 'message' : 'messages'} #{what} (UID #{uids.join(', ')})"
    end
  end
end
