# frozen_string_literal: true

# The real command is in spec/integration/explain_spec.rb.
RSpec.describe MailRoom::Explain do
  let(:address) { "incoming+%{key}@example.com" }

  {
    [] => "name the files to explain, or - for standard input",
    %w[--address in@example.com] => "name the files to explain",
    %w[mail.eml] => "the address is missing, use --address ADDRESS or --config FILE",
    %w[--host gitlab.example.com mail.eml] => "the address is missing",
    %w[--address in@example.com - -] => "standard input (-) can be read only once",
    %w[-c mail_room.yml --address in@example.com mail.eml] => "or are given, but not both",
    %w[-c mail_room.yml --host gitlab.example.com mail.eml] => "or are given, but not both",
    %w[-c missing.yml mail.eml] => "missing.yml: cannot be read: No such file or directory",
    %w[--address in@example.com --format xml mail.eml] => '--format "xml" is unknown; available: text, json',
    ["--address", "", "mail.eml"] => "--address is blank",
    ["-c", "", "mail.eml"] => '"": cannot be read: No such file or directory',
    %w[--frobnicate mail.eml] => "explain: invalid option: --frobnicate; see mail_room explain --help",
    %w[mail.eml --address] => "explain: missing argument: --address; see mail_room explain --help",
    ["--address", "\xFF@example.com", "mail.eml"] => "address is not valid UTF-8"
  }.each do |args, problem|
    it "refuses #{args.inspect}" do
      expect do
        expect { described_class.new(args) }.to raise_error(SystemExit) { |exit| expect(exit.status).to eq(1) }
      end.to output(/\Amail_room: .*#{Regexp.escape(problem)}.*\n\z/).to_stderr
    end
  end

  it "takes the file that the environment names where neither -c nor an address is given" do
    stub_const("ENV", ENV.to_h.merge("MAIL_ROOM_GITLAB_CONFIG_FILE" => "missing.yml"))

    expect { expect { described_class.new(["mail.eml"]) }.to raise_error(SystemExit) }
      .to output("mail_room: missing.yml: cannot be read: No such file or directory\n").to_stderr
    expect { described_class.new(["--address", address, "mail.eml"]) }.not_to output.to_stderr
  end

  it "leaves its arguments as they were" do
    arguments = ["--address", address, "mail.eml"].map(&:freeze).freeze
    expect { described_class.new(arguments) }.not_to output.to_stderr
  end

  it "shows its usage" do
    %w[-h -? --help].each do |option|
      expect { expect { described_class.new([option]) }.to raise_error(SystemExit, "exit") }
        .to output(/\ATells what .*Usage: mail_room explain --config FILE.*--service-desk-address/m).to_stdout
    end
  end

  it "shows the version of the whole" do
    expect { expect { described_class.new(["--version"]) }.to raise_error(SystemExit, "exit") }
      .to output("gitlab-mail_room-rs #{MailRoom::VERSION}\n").to_stdout
  end

  it "cannot read a standard input that is closed, nor a file without a name" do
    stdin = $stdin
    $stdin = File.open(File::NULL).tap(&:close)
    expect { expect { described_class.new(["--address", address, "-", ""]).start }.to raise_error(SystemExit) }
      .to output("mail_room: -: cannot be read: closed stream\n" \
                 "mail_room: \"\": cannot be read: No such file or directory\n").to_stderr
  ensure
    $stdin = stdin
  end
end
