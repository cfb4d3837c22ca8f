# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    # One GitLab and the mailboxes it reads, in the words of its own files. What they render to is what GitLab's
    # `config/mail_room.yml` renders to (`lib/gitlab/mail_room.rb`). Messages of errors do not name {#path}, as
    # those of {Configuration::Document} do not.
    class Installation
      # Names the `gitlab.yml` where no file is given.
      CONFIG_FILE = "MAIL_ROOM_GITLAB_CONFIG_FILE"

      # Names the `secrets.yml` when it does not lie beside `gitlab.yml`.
      SECRETS_FILE = "MAIL_ROOM_GITLAB_SECRETS_FILE"

      # What Rails is told its environment with, the first first.
      ENVIRONMENT = %w[RAILS_ENV RACK_ENV].freeze

      # @param path [String] of a `gitlab.yml`, or of a `gitlab.rb`, which ends in `.rb`
      # @return [Installation]
      # @raise [ConfigurationError] when it cannot be read, or is none of them
      def self.read(path)
        File.extname(path.to_s) == ".rb" ? Rb.new(path) : Yml.new(path)
      end

      # @return [String] of the file it was read from
      attr_reader :path

      # @return [String] the Rails root
      attr_reader :root

      # @return [String] that of Rails
      attr_reader :environment

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

      # @return [Array<String>] where the mailboxes of {#mailboxes} are written, in the same order
      def places
        enabled.map(&:place)
      end

      # @return [Array<String>] why a mailbox is not among {#mailboxes}, a line for each section
      def reasons
        Section::NAMES.filter_map { |name| absence(name) }
      end

      # @param name [String, Symbol] see {#section}
      # @return [EncryptedFile] with that section's credentials, whether it exists or not
      def encrypted_file(name)
        secrets = load_secrets
        EncryptedFile.new(encrypted_path(name), key: secrets&.encrypted_settings_key_base,
                                                rotated: secrets&.rotated_encrypted_settings_key_base.to_a)
      end

      # @param name [String, Symbol] see {#section}
      # @return [String] where the encrypted credentials are, or would be
      def encrypted_path(name)
        written = of(name)&.to_h
        written&.fetch(:encrypted_secret_file, nil) || File.join(encrypted_folder, "#{name}.yaml.enc")
      end

      # @param secrets [Boolean] whether files with secrets are read, and those of Redis, which have passwords
      # @return [Array<Hash{Symbol => Object}>] the mailboxes as `mail_room.yml` has them
      # @raise [ConfigurationError] when something cannot be read; names the key, or another file than {#path}
      def mailboxes(secrets: true)
        redis = secrets && enabled.any? ? redis() : Redis.new(nil)
        enabled.map do |section|
          section.warn_of_unknown
          section.mailbox(redis: redis, host: host, credentials: secrets ? credentials(section) : {})
        end
      end

      private

      def initialize(path)
        @path = path
        @sections = {}
      end

      # @return [Section, nil]
      def of(name)
        name = name.to_s
        raise ArgumentError, "no section #{name.inspect}" unless Section::NAMES.include?(name)

        @sections.fetch(name) { @sections[name] = make_section(name) }
      end

      def enabled
        Section::NAMES.filter_map { |name| of(name) }.select(&:enabled?)
      end

      def absence(name)
        section = of(name)
        return "#{place(name)} is missing" unless section
        return if section.enabled?

        section.to_h[:enabled] ? "#{place(name, :address)} is empty" : "#{place(name, :enabled)} is false"
      end

      # Without the key GitLab reads no encrypted file.
      def credentials(section)
        return {} unless File.exist?(encrypted_path(section.name))

        secrets = load_secrets
        return encrypted_file(section.name).credentials if secrets&.encrypted_settings_key_base

        Notice.warn("#{encrypted_path(section.name)} is not read: encrypted_settings_key_base is missing " \
                    "in #{secrets_path}")
        {}
      end

      # @return [Secrets, nil] nil without a file
      def load_secrets
        @secrets ||= (Secrets.load(secrets_path, environment) if File.exist?(secrets_path))
      end

      def rails_environment
        ENVIRONMENT.filter_map { |name| ENV.fetch(name, nil) }.find { |value| !value.empty? }
      end
    end
  end
end
