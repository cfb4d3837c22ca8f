# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    # One GitLab and the mailboxes it reads, in the words of its own files. What they render to is what GitLab's
    # `config/mail_room.yml` renders to (`lib/gitlab/mail_room.rb`). Messages of errors name other files, but not
    # {#path}, as those of {Configuration::Document} do not.
    class Installation
      include Redaction::Opaque

      # Names the `gitlab.yml` where no file is given.
      CONFIG_FILE = "MAIL_ROOM_GITLAB_CONFIG_FILE"

      # Names the `secrets.yml` when it does not lie beside `gitlab.yml`.
      SECRETS_FILE = "MAIL_ROOM_GITLAB_SECRETS_FILE"

      # What Rails is told its environment with, the first first.
      ENVIRONMENT = %w[RAILS_ENV RACK_ENV].freeze

      # Settings that errors of mailboxes are about, and that have other names here.
      WORDS_OF_MAIL_ROOM = /\b(?:delivery|arbitration)_options\.(?:delivery_url|jwt_secret_path|redis_url)\b/
      private_constant :WORDS_OF_MAIL_ROOM

      class << self
        # @param path [String] of a `gitlab.yml`, or of a `gitlab.rb`, which ends in `.rb`
        # @return [Installation]
        # @raise [ConfigurationError] when it cannot be read, or is none of them
        def read(path)
          ruby?(path) ? Rb.new(path) : Yml.new(path)
        end

        # @param path [String]
        # @return [Boolean] whether it is that of a Ruby program
        def ruby?(path)
          File.extname(path.to_s) == ".rb"
        end

        # @return [String, nil] the file that the environment names where no other is given
        def named_by_environment
          path = ENV.fetch(CONFIG_FILE, "")
          path unless path.empty?
        end
      end

      # @return [String] of the file it was read from
      attr_reader :path

      # @return [String] the Rails root
      attr_reader :root

      # @return [String] that of Rails
      attr_reader :environment

      # @!method sender
      #   @return [String, nil] the address GitLab writes from, where it is written

      # @param name [String, Symbol] `incoming_email` or `service_desk_email`
      # @return [Hash{Symbol => Object}, nil] what is written there, in `gitlab.yml`'s words, with GitLab's defaults
      #   and absolute paths, without what only the encrypted file has; nil when it is not written at all
      # @raise [ConfigurationError] when it is no mapping, or a value of one that is enabled is ill-typed
      def section(name)
        of(name)&.to_h
      end

      # @param name [String, Symbol] see {#section}
      # @return [Boolean] whether GitLab reads that mailbox: it is enabled and has an address
      def enabled?(name)
        of(name)&.enabled? || false
      end

      # @return [Array<String>] why there is no mailbox of a section, for each that has none
      def reasons
        Section::NAMES.filter_map { |name| absence(name) }
      end

      # @param name [String, Symbol] see {#section}
      # @return [EncryptedFile] with that section's credentials, whether it exists or not
      # @raise [ConfigurationError] when the file with the key cannot be read
      def encrypted_file(name)
        EncryptedFile.new(encrypted_path(name), key: key_base, rotated: secrets.rotated_encrypted_settings_key_base)
      end

      # @param name [String, Symbol] see {#section}
      # @return [String] where the encrypted credentials are, or would be
      def encrypted_path(name)
        section(name)&.fetch(:encrypted_secret_file, nil) || File.join(encrypted_folder, "#{name}.yaml.enc")
      end

      # @return [String] where `encrypted_settings_key_base` belongs, for people
      def key_place
        "#{secrets_section} in #{secrets_path}"
      end

      # @param secrets [Boolean] see {#mailboxes_by_place}
      # @return [Array<Hash{Symbol => Object}>] the mailboxes as `mail_room.yml` has them
      # @raise [ConfigurationError] see {#mailboxes_by_place}
      def mailboxes(secrets: true)
        mailboxes_by_place(secrets: secrets).values
      end

      # @param secrets [Boolean] whether files with secrets are read: that of Redis, too, is one. If not, the
      #   mailboxes have no deliveries and no encrypted credentials
      # @yieldparam error [ConfigurationError] what is wrong with a mailbox, which is left out then
      # @return [Hash{String => Hash{Symbol => Object}}] {#mailboxes}, each by what errors call its section
      # @raise [ConfigurationError] when something cannot be read, or is missing or ill-typed, and no block is given;
      #   names the key
      def mailboxes_by_place(secrets: true)
        Section::NAMES.each_with_object({}) do |name, found|
          found[place(name)] = mailbox(of(name), secrets) if enabled?(name)
        rescue ConfigurationError => error
          @failed << name
          block_given? ? yield(error) : raise
        end
      end

      # @param place [String] of a mailbox, as {#mailboxes_by_place} has it
      # @param text [String] with names of settings as `mail_room.yml` has them
      # @return [String] with those that stand in GitLab's files instead
      def in_its_words(place, text)
        name = Section::NAMES.find { |section| place(section) == place }
        name ? text.gsub(WORDS_OF_MAIL_ROOM) { |word| translated(name, word) } : text
      end

      private

      def initialize(path)
        @path = path
        @sections = {}
        @failed = [] # the names of sections
      end

      # @return [Section, nil]
      def of(name)
        name = name.to_s
        raise ArgumentError, "no section #{name.inspect}" unless Section::NAMES.include?(name)

        @sections.fetch(name) { @sections[name] = make_section(name) }
      end

      def translated(name, word)
        key = Section::Webhook::WORDS[word]
        return place(name, key) if key

        @redis ? @redis.place("url") : word
      end

      def mailbox(section, secrets)
        return section.inbox(host: host) unless secrets

        warn_of_unknown(section)
        @redis ||= redis
        credentials = credentials(section.name)
        require_login(section, credentials)
        section.mailbox(redis: @redis, host: host, credentials: credentials)
      end

      # In the words of this file: {Mailbox} knows those of `mail_room.yml` only.
      def require_login(section, credentials)
        missing = section.missing_login(credentials) || return

        file = encrypted_path(section.name)
        raise ConfigurationError, "#{section.place(missing)} is missing: it is neither there nor in #{file}" \
                                  "#{', which does not exist' if absent?(file)}"
      end

      def absence(name)
        section = of(name)
        return "#{place(name)} is missing" unless section
        return ("#{place(name)} is not right" if @failed.include?(name)) if section.enabled?

        section.to_h[:enabled] ? "#{place(name, :address)} is empty" : "#{place(name, :enabled)} is false"
      rescue ConfigurationError
        "#{place(name)} is not right"
      end

      def warn_of_unknown(section)
        section.unknown.each do |key, nearest|
          written = place_of_word(section.name, key)
          meant = hint(section.name, key, nearest)
          Notice.warn("#{path}: unknown key #{written}#{", did you mean #{meant}?" if meant}")
        end
      end

      # What may be meant by a key that is not known.
      def hint(_name, _key, nearest)
        nearest
      end

      # What errors call a key by its name in the file.
      def place_of_word(name, word)
        place(name, word)
      end

      # Without a key GitLab reads no encrypted file. Without the file nobody needs the key, which not every user may
      # read.
      def credentials(name)
        return {} if absent?(encrypted_path(name))

        file = encrypted_file(name)
        return file.credentials.transform_values(&:to_s) if file.key? || !File.exist?(file.path)

        Notice.warn("#{file.path} is not read: #{secrets_path} has no encrypted_settings_key_base")
        {}
      end

      # One that cannot be looked for is not known to be absent.
      def absent?(path)
        File.stat(path) && false
      rescue Errno::ENOENT, Errno::ENOTDIR
        true
      rescue SystemCallError
        false
      end

      # @return [String, nil]
      def key_base
        secrets.encrypted_settings_key_base
      end

      # @return [Secrets]
      def secrets
        @secrets ||= Secrets.load(secrets_path, environment)
      end

      def rails_environment
        ENVIRONMENT.filter_map { |name| ENV.fetch(name, nil) }.find { |value| !value.empty? }
      end
    end
  end
end
