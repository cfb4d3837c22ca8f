# frozen_string_literal: true

require "tmpdir"

# What people copy from the README.
RSpec.describe MailRoom::Configuration do # rubocop:disable RSpec/FilePath -- one of several files about it
  text = File.read(File.expand_path("../../../README.md", __dir__), encoding: "UTF-8")
  examples = text.scan(/^```yaml\n(:mailboxes:\n.+?)^```/m).flatten

  before do
    variables = examples.join.scan(/ENV\.fetch\("(\w+)"\)/).flatten.to_h { |name| [name, "hunter2"] }
    stub_const("ENV", variables)
  end

  it "finds the examples of the README" do
    expect(examples.size).to be > 3
  end

  examples.each.with_index(1) do |example, number|
    it "loads example #{number} of the README without a warning" do
      Dir.mktmpdir do |folder|
        path = File.join(folder, "mail_room.yml")
        File.write(path, example.gsub("log/mail_room_json.log", File.join(folder, "mail_room_json.log")))

        expect { expect(described_class.new(config_path: path).mailboxes).not_to be_empty }.not_to output.to_stderr
      end
    end
  end
end
