# frozen_string_literal: true

require "mail_room"
require "shellwords"
require "tmpdir"

module MailRoom
  class Secret
    # The program in which a person edits a text. What it leaves behind is removed on every way out: backups and swap
    # files of editors lie beside the text.
    class Editor
      # Keys of a terminal go to the editor and to us. What they mean is the editor's business.
      KEYS = %w[INT QUIT].freeze

      # @param command [String] as in `$EDITOR`, perhaps with arguments
      def initialize(command)
        @command = command
      end

      # Waits until the editor has ended.
      #
      # @param text [String]
      # @param name [String] of the file, which tells editors what is in it
      # @return [String] what it was changed to
      # @raise [MailRoom::Error] when the editor cannot be started, fails or leaves something else than UTF-8
      def edit(text, name)
        # A folder that only its owner can enter.
        Dir.mktmpdir("mail_room") do |folder|
          path = File.join(folder, name)
          File.write(path, text, perm: 0o600)
          run(path)
          text = Configuration::Template.utf8(path)
          text.valid_encoding? ? text : fail_with("the text is not UTF-8")
        end
      rescue SystemCallError => error
        fail_with(error.class.new.message)
      end

      private

      def run(path)
        words = Shellwords.split(@command)
        done = leaving_keys { system(*words, path) }
        fail_with("#{words.first} cannot be started") if done.nil?
        fail_with("#{words.first} failed") unless done
      rescue ArgumentError # quotes that do not end
        fail_with("it is no command")
      end

      # Not ignored, which the editor would inherit.
      def leaving_keys
        before = KEYS.to_h { |signal| [signal, Signal.trap(signal) { nil }] }
        yield
      ensure
        before&.each { |signal, handler| Signal.trap(signal, handler || "DEFAULT") }
      end

      def fail_with(reason)
        raise MailRoom::Error, "$EDITOR: #{reason}\n#{Actions::ABORTED}", cause: nil
      end
    end
  end
end
