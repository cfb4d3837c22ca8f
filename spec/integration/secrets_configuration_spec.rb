# frozen_string_literal: true

require "support/rspec"
require "support/secrets_helpers"

# What a person gets to see of a configuration that cannot be used holds none of its secrets.
RSpec.describe "A secret in a configuration that is wrong", :integration, :secrets do
  def expect_complaint(config, *arguments)
    process = launch(config, arguments: arguments)
    if arguments.include?("-q")
      process.wait_for_log(what: "a warning") { |line| line["severity"] == "WARN" }
      process.term
      process.exit_status(20)
    else
      expect(process.exit_status).to eq(1)
    end
    expect(process.everything.strip).not_to be_empty
    expect_untold
  end

  texts = {
    "broken YAML" => ->(word) { ":mailboxes:\n  - {:email: anna, :password: '#{word}\n  - \"" },
    "YAML with a tab" => ->(word) { ":mailboxes:\n\t- :password: #{word}\n" },
    "an alias" => ->(word) { ":mailboxes:\n  - :password: *#{word}\n" },
    "a tag" => ->(word) { ":mailboxes:\n  - :password: !ruby/object:#{word} {}\n" },
    "a date" => ->(word) { ":mailboxes:\n  - :password: '#{word}'\n    :email: 2020-01-01\n" },
    "a key twice" => ->(word) { ":mailboxes:\n  - :password: '#{word}'\n    :password: {'#{word}': [\n" },
    "text for mailboxes" => ->(word) { ":mailboxes: '#{word}'\n" },
    "a list of text" => ->(word) { ":mailboxes: ['#{word}']\n" },
    "broken ERB" => ->(word) { ":mailboxes:\n  - :password: <%= '#{word}'.nonsense %>\n" },
    "a syntax error in ERB" => ->(word) { ":mailboxes:\n  - :password: <%= '#{word}' + ) %>\n" },
    "ERB that raises" => ->(word) { ":mailboxes: <%= Integer('#{word}') %>\n" },
    "ERB that fetches" => ->(word) { ":mailboxes: <%= { 'password' => '#{word}' }.fetch('passwort') %>\n" },
    "ERB that matches nothing" => ->(word) { ":mailboxes: <%= case '#{word}'; in Integer then 1; end %>\n" }
  }
  texts.each do |what, text|
    it "is not told by #{what}" do
      config = text.call(secret(:word, plain: true))
      expect_complaint(config)
      expect_complaint(config, "--log-exit-as", "json")
      expect_complaint(config, "-q")
    end
  end

  wrong = {
    password: [[:secret], { key: :secret }, 1.5], port: [:secret],
    ssl: [:secret, { key: :secret }, { cert: :certificate, key: :secret }],
    delivery_options: [:secret, [:secret]], idle_timeout: [:secret], auth_method: [:secret], logger: [:secret],
    search_command: [:newline],
    oauth2: [:secret, [:secret], { preset: :secret }, { token_url: :secret },
             { token_url: "https://a", grant: :secret }, { token_file: "t", client_secret: :secret }]
  }
  wrong.each do |key, values|
    values.each_with_index do |value, index|
      it "is not told when it stands in #{key} (#{index})" do
        secret = secret(:value)
        written = { secret: secret, newline: "#{secret}\n", certificate: certificates.good.certificate }
        replace = lambda do |inner|
          case inner
          when Symbol then written.fetch(inner, inner)
          when Array then inner.map(&replace)
          when Hash then inner.transform_values(&replace)
          else inner
          end
        end
        config = { mailboxes: [settings(password: secret(:imap)).merge(key => replace.call(value))] }
        expect_complaint(config)
        expect_complaint(config, "--log-exit-as", "json")
      end
    end
  end
end
