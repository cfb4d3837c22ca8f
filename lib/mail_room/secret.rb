# frozen_string_literal: true

require "mail_room"
require "optparse"

module MailRoom
  # The command `mail_room secret`: writes, edits and shows the encrypted credentials of a mailbox of GitLab.
  class Secret
    autoload :Actions, "mail_room/secret/actions"
    autoload :Content, "mail_room/secret/content"
    autoload :Editor, "mail_room/secret/editor"

    # Where GitLab's settings are, when neither -c nor the environment says it.
    CONFIG_FILE = "config/gitlab.yml"

    # What can be done.
    ACTIONS = %w[write edit show].freeze

    # @param args [Array<String>] of the command line, without the word itself
    # @raise [SystemExit] status 0 after `--help`, 1 when arguments or files are not right, which was told by then
    def initialize(args)
      @args = args
      @name = "incoming_email"
      @key_files = []
      read(parser.parse(args))
      @actions = Actions.new(file, @name, edit: command, key_place: @key_place)
    rescue OptionParser::ParseError => error
      Notice.fail_with("secret: #{error.message}; see mail_room secret --help")
    rescue ConfigurationError => error
      Notice.fail_with(error.message)
    end

    # @return [void]
    # @raise [SystemExit] status 1 when nothing was done, which was told by then
    def start
      @actions.public_send(@action)
    rescue MailRoom::Error => error
      # GitLab's texts, word for word.
      $stderr.puts(Printable.text(error.message)) # rubocop:disable Style/StderrPuts -- also under `ruby -W0`
      exit(1)
    rescue Interrupt
      exit(130) # as a shell has it
    end

    private

    def read(words)
      @action, *others = words
      unless ACTIONS.include?(@action)
        raise ConfigurationError, "secret: write one of #{ACTIONS * ', '}#{", not #{@action.inspect}" if @action}"
      end
      raise ConfigurationError, "secret: #{others.first.inspect} is no option" unless others.empty?

      refuse_files
    end

    def refuse_files
      raise ConfigurationError, "secret: -c is of no use beside --file" if @file && @path
      return if @file.nil? == @key_files.empty?

      raise ConfigurationError, "secret: --file needs --key-file, and the other way round"
    end

    def parser
      OptionParser.new do |parser|
        parser.banner = "Writes, edits or shows the encrypted user and password of a mailbox.\n\n" \
                        "Usage: mail_room secret write [-c FILE] [--service-desk] < YAML\n       " \
                        "mail_room secret edit [-c FILE] [--service-desk]\n       " \
                        "mail_room secret show [-c FILE] [--service-desk]"
        define_options(parser)
        CLI.define_help(parser)
      end
    end

    def define_options(parser)
      parser.on("-c", "--config FILE", "gitlab.yml, or gitlab.rb of the Linux package.",
                "Without it $#{GitLab::Installation::CONFIG_FILE} or #{CONFIG_FILE}.") { |path| @path = path }
      parser.on("--service-desk", "The mailbox of Service Desk.") { @name = "service_desk_email" }
      parser.on("--file FILE", "The encrypted file itself, without a GitLab.") { |path| @file = path }
      parser.on("--key-file FILE", "What it is encrypted with, at least #{GitLab::EncryptedFile::Key::SHORTEST_BASE} " \
                                   "characters.", "Repeated for older keys.") { |path| @key_files << path }
    end

    # @return [GitLab::EncryptedFile]
    def file
      return installed unless @file

      key, *rotated = @key_files.map { |path| within(path) { Configuration::Template.read(path).strip } }
      GitLab::EncryptedFile.new(@file, key: key, rotated: rotated)
    end

    def installed
      path = @path || GitLab::Installation.named_by_environment || CONFIG_FILE
      within(path) do
        installation = GitLab::Installation.read(path)
        @key_place = installation.key_place
        installation.encrypted_file(@name)
      end
    end

    def within(path)
      yield
    rescue ConfigurationError => error
      raise ConfigurationError, "#{path}: #{error.message}"
    end

    # @return [String] how the same file is edited
    def command
      require "shellwords"
      Shellwords.join(["mail_room", "secret", *@args.map { |word| word == @action ? "edit" : word }])
    end
  end
end
