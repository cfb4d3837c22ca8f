# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Configuration
    # The settings of a configuration file, whatever its kind: a `mail_room.yml`, GitLab's `gitlab.yml`, or the
    # `gitlab.rb` of GitLab's Linux package.
    class Document
      include Redaction::Opaque

      # What stands in every `gitlab.rb`, and no other file.
      RUBY = /^\s*(?:gitlab_rails\[|external_url[\s(]+["'])/

      # Bytes of a file that are looked at for that.
      MOST = 1 << 20
      private_constant :RUBY, :MOST

      # Why there are no mailboxes in a `mail_room.yml`.
      EMPTY = "mailboxes is empty"

      # @param index [Integer] of a mailbox in a `mail_room.yml`
      # @return [String] where it is written, for errors
      def self.place(index)
        "mailboxes[#{index}]"
      end

      # @param path [String]
      # @param secrets [Boolean] whether files with secrets may be read besides
      def initialize(path, secrets: true)
        @path = path
        @secrets = secrets
      end

      # @yieldparam error [ConfigurationError] what is wrong with a mailbox of GitLab's, which is left out then
      # @return [Hash{Symbol => Object}] what `mail_room.yml` has at its top
      # @raise [ConfigurationError] when the file cannot be read or evaluated; without a block also for a mailbox of
      #   GitLab's
      def to_h(&)
        return mapping unless installation

        mailboxes = installation.mailboxes_by_place(secrets: @secrets, &)
        @places = mailboxes.keys
        { mailboxes: mailboxes.values }
      end

      # @return [Boolean] whether the file is one of GitLab's own, and no `mail_room.yml`
      # @raise [ConfigurationError] see {#to_h}
      def gitlab?
        !installation.nil?
      end

      # @param index [Integer] of a mailbox
      # @return [String] where it is written, for errors
      def place(index)
        @places&.at(index) || self.class.place(index)
      end

      # @param place [String] of a mailbox
      # @param text [String] what is wrong with it, in the words of a `mail_room.yml`
      # @return [String] in the words of this file
      def in_its_words(place, text)
        installation ? installation.in_its_words(place, text) : text
      end

      # @return [String] why there are no mailboxes
      def emptiness
        return installation.reasons * " and " if installation

        mail_room? || mapping.empty? ? EMPTY : "#{EMPTY}, and no section such as production makes it a gitlab.yml"
      end

      # @return [GitLab::Installation, nil] nil for a `mail_room.yml`
      # @raise [ConfigurationError] see {#to_h}
      def installation
        return @installation if defined?(@installation)

        @installation = GitLab::Installation.ruby?(@path) ? GitLab::Rb.new(@path) : yml
      end

      private

      # One that is neither is a mail_room.yml without mailboxes: people keep YAML anchors under keys of their own.
      def yml
        GitLab::Yml.new(@path, mapping) if !mail_room? && GitLab::Yml.like?(mapping)
      end

      def mail_room?
        mapping.any? do |key, value|
          FIELDS.include?(key) || (value.is_a?(Array) && Keys.nearest(key, [:mailboxes]))
        end
      end

      def mapping
        @mapping ||= Template.new(@path).to_h
      rescue ConfigurationError => error
        raise unless File.file?(@path) && File.binread(@path, MOST).match?(RUBY)

        raise ConfigurationError, "#{error.message}; if it is a gitlab.rb, its name must end in .rb"
      end
    end
  end
end
