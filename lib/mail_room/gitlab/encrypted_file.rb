# frozen_string_literal: true

require "mail_room"
require "yaml"

module MailRoom
  module GitLab
    # GitLab's encrypted credentials of a mailbox, such as `incoming_email.yaml.enc`: YAML with `user` and
    # `password`, in the form of ActiveSupport::MessageEncryptor, which is not needed here.
    #
    # Source: lib/gitlab/encrypted_configuration.rb and lib/gitlab/mail_room.rb of GitLab; Ruby on Rails,
    # message_encryptor.rb and key_generator.rb in active_support.
    class EncryptedFile
      autoload :Key, "mail_room/gitlab/encrypted_file/key"
      autoload :Message, "mail_room/gitlab/encrypted_file/message"
      autoload :Replacement, "mail_room/gitlab/encrypted_file/replacement"
      autoload :Serialized, "mail_room/gitlab/encrypted_file/serialized"

      include Redaction::Opaque

      # What of the file is used.
      FIELDS = %i[user password].freeze

      # Far above what anybody needs for two lines of YAML.
      LARGEST_TEXT_BYTES = 1 << 19

      # Base64 makes four bytes of three.
      LARGEST_FILE_BYTES = 2 * LARGEST_TEXT_BYTES

      # A file that was opened: its text, and how it was written.
      Opened = Struct.new(:text, :digest, :form)
      private_constant :Opened

      # What a file has that is not there yet. GitLab opens it in two places: in the application, and while
      # `config/mail_room.yml` is rendered, where ActiveSupport is loaded without the application. So what the
      # application sets does not count, only what is ActiveSupport's own default in all versions: keys are
      # derived with SHA-1, strings are written by Marshal.
      NEW = Opened.new("", "SHA1", :marshal).freeze
      private_constant :NEW

      # @return [String]
      attr_reader :path

      # @param path [String] of the file, which may be a link
      # @param key [String, nil] `encrypted_settings_key_base`
      # @param rotated [Array<String>] older ones: they open a file, but none is written with them
      def initialize(path, key:, rotated: [])
        @path = path.to_s
        @key = key
        @rotated = rotated
      end

      # @return [Boolean] whether there is a key, of whatever length
      def key?
        !@key.to_s.empty?
      end

      # @return [Boolean]
      # @raise [ConfigurationError] when it is a folder, or nobody can tell because one may not be entered
      def exist?
        # Reading a pipe could wait for ever.
        reading { File.stat(path).file? } || raise(ConfigurationError, "#{path}: is no file")
      rescue Errno::ENOENT, Errno::ENOTDIR
        false
      end

      # @return [String] the plain text in UTF-8; empty when there is no file
      # @raise [ConfigurationError] when the file cannot be read, or no key opens it; tells nothing of its content
      def read
        opened.text
      end

      # Encrypts with the current key, in the way the existing file was written.
      #
      # @param text [String]
      # @return [void]
      # @raise [ConfigurationError] when there is no key, the text is not UTF-8 or larger than {LARGEST_TEXT_BYTES},
      #   or the file cannot be written
      def write(text)
        # One that cannot be opened is written all the same, as GitLab does it: its key may be lost.
        replacing { |replacement| save(text, replacement, found || NEW) }
      end

      # @return [String] the folder that the file is in
      def folder
        File.dirname(path)
      end

      # Nobody else changes the file meanwhile by this class, but GitLab itself could.
      #
      # @yieldparam text [String] plain text, empty when there is no file
      # @yieldreturn [String] the new text
      # @return [Boolean] whether it was written, because the text is another
      # @raise [ConfigurationError] see {#read} and {#write}, and when somebody else changes it
      def change
        replacing do |replacement|
          before = opened
          text = yield before.text
          next false if text == before.text

          save(text, replacement, before)
          true
        end
      end

      # @return [Hash{Symbol => Object}] `user` and `password`, as far as they are given; empty without a file, and
      #   without a key, since GitLab then takes what stands in gitlab.yml
      # @raise [ConfigurationError] see {#read}, and when it is no YAML or no mapping
      def credentials
        return {} unless key? && exist?

        content = parse(read) || {}
        content.is_a?(Hash) ? Keys.symbolize(content).slice(*FIELDS).compact : refuse_content
      end

      private

      def opened
        found || raise(ConfigurationError, "Couldn't decrypt #{path}. Perhaps you passed the wrong key?")
      end

      # @return [Opened, nil] nil when no key opens it
      def found
        key # so that a missing one is told first
        return NEW unless exist?

        message = reading { File.binread(path, LARGEST_FILE_BYTES) }.to_s
        bases.product(Key::DIGESTS) do |base, digest|
          payload = Message.open(message, Key.derive(base, digest))
          text, form = Serialized.load(payload) if payload
          return Opened.new(text, digest, form) if text
        end
        nil
      rescue Errno::ENOENT # removed since it was looked at
        NEW
      end

      def save(text, replacement, before)
        text = text.dup.force_encoding(Encoding::UTF_8)
        raise ConfigurationError, "#{path}: the new content is not valid UTF-8" unless text.valid_encoding?
        raise ConfigurationError, "#{path}: the new content is too large" if text.bytesize > LARGEST_TEXT_BYTES

        replacement.write(Message.seal(Serialized.dump(text, before.form), Key.derive(key, before.digest)))
      end

      def replacing(&)
        key
        Replacement.open(path, &)
      end

      # No file was ever written with a key that is too small.
      def bases
        [key, *@rotated.select { |base| Key.long_enough?(base) }]
      end

      def key
        raise ConfigurationError, "#{path}: Missing encryption key to encrypt/decrypt file with." unless key?
        raise ConfigurationError, "#{path}: Base key too small" unless Key.long_enough?(@key)

        @key
      end

      def reading
        yield
      rescue Errno::ENOENT, Errno::ENOTDIR
        raise
      rescue SystemCallError => error
        raise ConfigurationError, "#{path}: cannot be read: #{error.class.new.message}"
      end

      def parse(text)
        YAML.safe_load(text, permitted_classes: [Symbol])
      rescue Psych::Exception, ArgumentError # which may quote the password
        refuse_content
      end

      def refuse_content
        raise ConfigurationError, "#{path}: Content was not a valid yml config file", cause: nil
      end
    end
  end
end
